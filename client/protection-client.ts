import { protectionFailureLine } from '../lib/contract/protection-metrics';
import type { Obstacle } from './agent-answer';
import { type Hold, takeHold } from './hold';
import { type HoldOptions, holdTerms, type Minutes } from './hold-terms';
import { type Listener, NoticeBoard, type NoticeName } from './notice-board';
import { failureReason, noticeText } from './notice-text';
import { type Ports, ProtectionActor } from './protection-actor';
import type { Notice, Settings } from './protection-state';

export interface ClientSetting extends Settings {
  readonly minutes: Minutes;
  readonly obstacle?: Obstacle;
  readonly log: (line: string) => void;
  /** Wall time, for the metric alone. */
  readonly wallTime: () => number;
}

/** The client, whatever the clock, the agent and the log. */
export class ProtectionClient {
  private readonly actor: ProtectionActor;
  private readonly board: NoticeBoard;

  constructor(
    private readonly setting: ClientSetting,
    ports: Ports,
  ) {
    this.board = new NoticeBoard((name) => this.say(`a listener to '${name}' has thrown`));
    this.actor = new ProtectionActor(setting, ports, (notice) => this.announce(notice), setting.obstacle);
    if (setting.obstacle) this.announce({ name: 'unavailable', obstacle: setting.obstacle, code: setting.obstacle });
    this.actor.start();
  }

  /** Whether ECS has confirmed that this task is protected, for at least another minute. */
  get protected(): boolean {
    return this.actor.isProtected;
  }

  /** Whether no new work should be taken: ECS refuses protection, or `drain` was called. */
  get draining(): boolean {
    return this.actor.isDraining;
  }

  /** Why protection cannot work here, if it cannot. */
  get obstacle(): Obstacle | undefined {
    return this.actor.obstacle;
  }

  /** Protects the task while the work runs, and hands on what it returns or throws. */
  async during<T>(work: (hold: Hold) => Promise<T> | T, options: HoldOptions = {}): Promise<T> {
    const hold = await this.hold(options);
    try {
      return await work(hold);
    } finally {
      await hold[Symbol.asyncDispose]();
    }
  }

  /** Protects the task until the hold is released. Settles when ECS has granted it, or will not in time: the hold says which. */
  async hold(options: HoldOptions = {}): Promise<Hold> {
    if (this.actor.isClosing) throw new Error('the TaskProtectionClient is closed: it takes no new hold');
    return takeHold(this.actor, holdTerms(options, this.setting.minutes));
  }

  on<N extends NoticeName>(name: N, listener: Listener<N>): this {
    this.board.on(name, listener);
    return this;
  }

  off<N extends NoticeName>(name: N, listener: Listener<N>): this {
    this.board.off(name, listener);
    return this;
  }

  /** Raises `draining`: for a program that is told to stop. What is held goes on. */
  drain(): void {
    this.actor.stop();
  }

  /** Takes no new hold, waits for those in hand or their maximum, and settles when the last release was answered or given up. */
  close(): Promise<void> {
    return this.actor.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private announce(notice: Notice): void {
    const text = noticeText(notice, this.setting.minutes);
    if (text) this.say(text);
    const reason = failureReason(notice);
    if (reason) this.write(protectionFailureLine(reason, this.setting.wallTime()));
    this.board.post(notice);
  }

  private say(text: string): void {
    this.write(`cdk-ecs-caretaker: ${text}`);
  }

  private write(line: string): void {
    try {
      this.setting.log(line);
    } catch {
      // A log that is full or gone is no reason to lose protection.
    }
  }
}
