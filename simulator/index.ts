/** Amazon ECS and its neighbours on a clock you drive: for your own tests, and for a look at the product without an account. */
export type { CallCount, DestructiveCall } from './call-log';
export { CallLog } from './call-log';
export type { Clock } from './clock';
export { VirtualClock } from './clock';
export type { EcsSimulatorOptions, Intercept, InterceptedCall, SeededRevision } from './ecs-simulator';
export { EcsSimulator } from './ecs-simulator';
export type { BusEntry } from './event-bus';
export { EventBus } from './event-bus';
export type { ObjectCall, ObjectIntercept, ObjectStoreOptions, PutConditions, StoredObject } from './object-store';
export { ObjectStore } from './object-store';
export { Random } from './random';
export type { SeededService, SeededTask } from './seeding';
export type { ServerOptions, SimulatorServer } from './server';
export { startServer } from './server';
export { SimulatedError } from './simulated-error';
export { DROP_CONNECTION, EMPTY_BODY, RawAnswer } from './special-answers';
