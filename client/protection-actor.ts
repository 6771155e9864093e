import { type Obstacle, type Reply, readReply } from './agent-answer';
import type { Admission, Command, Event, HoldTerms, Loss, Notice, Settings, State, Warning, Wish } from './protection-state';
import { initialState, isProtected, step } from './step';

/** What the actor needs of the world. */
export interface Ports {
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  /** Calls back once; gives what cancels it. An urgent timer keeps the process alive. */
  arm(ms: number, urgent: boolean, wake: () => void): () => void;
  /** From 0 to 1. */
  chance(): number;
  /** Always settles. */
  ask(wish: Wish): Promise<Reply>;
}

/** The side of a hold that the actor tells. */
export interface Holder {
  admitted(admission: Admission): void;
  warned(reason: Warning): void;
  ended(reason: Warning | Loss): void;
}

// setTimeout takes no longer wait than this.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The one that asks: takes events in turn, keeps the state, and does what follows. */
export class ProtectionActor {
  private state: State;
  private readonly holders = new Map<number, Holder>();
  private readonly mail: Event[] = [];
  private readonly onClosed: (() => void)[] = [];
  private busy = false;
  private disarm?: () => void;
  private holdCount = 0;

  constructor(
    settings: Settings,
    private readonly ports: Ports,
    private readonly tell: (notice: Notice) => void,
    obstacle?: Obstacle,
  ) {
    this.state = { ...initialState(settings), ...(obstacle ? { obstacle, started: true } : {}) };
  }

  get isProtected(): boolean {
    return isProtected(this.state, this.now());
  }

  get isDraining(): boolean {
    return this.state.refusing || this.state.stopping;
  }

  get obstacle(): Obstacle | undefined {
    return this.state.obstacle;
  }

  get isClosing(): boolean {
    return this.state.closing;
  }

  start(): void {
    this.take({ kind: 'start' });
  }

  hold(terms: HoldTerms, holder: Holder): number {
    const id = ++this.holdCount;
    this.holders.set(id, holder);
    this.take({ kind: 'hold', id, terms });
    return id;
  }

  release(id: number): void {
    this.holders.delete(id);
    this.take({ kind: 'release', id });
  }

  stop(): void {
    this.take({ kind: 'stop' });
  }

  /** Settles when nothing is held and the last release has been answered, or given up. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.state.closed) resolve();
      else this.onClosed.push(resolve);
      this.take({ kind: 'close' });
    });
  }

  private now(): number {
    return Math.floor(this.ports.now());
  }

  private take(event: Event): void {
    this.mail.push(event);
    // What is told may call back in here.
    if (this.busy) return;
    this.busy = true;
    for (let next = this.mail.shift(); next; next = this.mail.shift()) this.handle(next);
    this.busy = false;
  }

  private handle(event: Event): void {
    this.disarm?.();
    const now = this.now();
    const { state, commands, wakeAt, urgent } = step(this.state, event, now, this.ports.chance());
    this.state = state;
    if (wakeAt < Number.POSITIVE_INFINITY) {
      const ms = Math.min(Math.ceil(wakeAt - now), LONGEST_TIMER_MS);
      this.disarm = this.ports.arm(ms, urgent, () => this.take({ kind: 'wake' }));
    }
    for (const command of commands) this.carryOut(command);
  }

  private carryOut(command: Command): void {
    switch (command.kind) {
      case 'send':
        void this.ports.ask(command.wish).then((reply) => this.take({ kind: 'answer', answer: readReply(reply) }));
        return;
      case 'raise':
        this.tell(command.notice);
        return;
      case 'admit':
        this.holders.get(command.id)?.admitted(command.admission);
        return;
      case 'warn':
        this.holders.get(command.id)?.warned(command.reason);
        return;
      case 'end':
        this.holders.get(command.id)?.ended(command.reason);
        return;
      case 'closed':
        for (const resolve of this.onClosed.splice(0)) resolve();
    }
  }
}
