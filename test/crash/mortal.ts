import type { EcsCall } from '../../engine/aws/ecs-call';
import type { Condition, Ledger, Stored } from '../../engine/ledger/ledger';

/** The how-manieth call of all ports ends it: before it has its effect, or before its answer is heard. */
export interface Death {
  readonly call: number;
  readonly effect: boolean;
}

const NEVER = new Promise<never>(() => undefined);

/** A process, as far as others see it: its calls of ECS, of the ledger, and of the event bus. A dead one makes none, and hears none. */
export class Mortal {
  calls = 0;
  readonly dead: Promise<'dead'>;
  private isDead = false;
  private die: (how: 'dead') => void = () => undefined;

  constructor(
    private readonly death?: Death,
    /** Passes before each call, and before each answer. */
    private readonly delay?: () => Promise<void>,
  ) {
    this.dead = new Promise((resolve) => {
      this.die = resolve;
    });
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.isDead) return NEVER;
    this.calls += 1;
    const isLast = this.calls === this.death?.call;
    if (isLast && !this.death?.effect) return this.end();
    if (this.delay) {
      await this.delay();
      if (this.isDead) return NEVER;
    }
    const answer = await work();
    if (isLast) return this.end();
    await this.delay?.();
    return this.isDead ? NEVER : answer;
  }

  readonly around = (call: EcsCall): EcsCall => {
    return (action, input) => this.through(() => call(action, input));
  };

  ledger(ledger: Ledger): Ledger {
    return {
      read: (key: string): Promise<Stored | undefined> => this.through(() => ledger.read(key)),
      write: (key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean> =>
        this.through(() => ledger.write(key, body, condition)),
      remove: (key: string): Promise<void> => this.through(() => ledger.remove(key)),
    };
  }

  private end(): Promise<never> {
    this.isDead = true;
    this.die('dead');
    return NEVER;
  }
}
