export { InputError } from '../lib/contract/fault';
export type { Obstacle } from './agent-answer';
export type { Hold } from './hold';
export { ProtectionEnds } from './hold';
export type { HoldOptions } from './hold-terms';
export type { Listener, NoticeName, NoticeOf } from './notice-board';
export type { Admission, Loss, Notice, Warning } from './protection-state';
export type { TaskProtectionClientOptions } from './task-protection-client';
export { TaskProtectionClient } from './task-protection-client';
