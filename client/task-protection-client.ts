import { agentAddress } from './agent-address';
import type { Obstacle, Reply } from './agent-answer';
import { askAgent } from './agent-request';
import { minutesOf } from './hold-terms';
import type { Ports } from './protection-actor';
import { ProtectionClient } from './protection-client';
import type { Wish } from './protection-state';

export interface TaskProtectionClientOptions {
  /** Where lines go. Default: standard output, from where CloudWatch reads the metric. */
  readonly log?: (line: string) => void;
  /**
   * Whether protection that is found at the start is released: a container that crashed may have left it. Default: true. Say false where
   * somebody else protects the task as well.
   */
  readonly releaseAtStart?: boolean;
  /** Lets `ECS_AGENT_URI` be a loopback address: for tests. Default: false. */
  readonly allowLoopback?: boolean;
}

/** Where the one client of the process is noted, whichever copy of this module made it. */
const PLACE = Symbol.for('cdk-ecs-caretaker.TaskProtectionClient');

/**
 * Keeps this ECS task protected from scale-in and deployments while work is in hand. One for a process; outside ECS it does nothing, and
 * says so.
 */
export class TaskProtectionClient extends ProtectionClient {
  constructor({ log = print, releaseAtStart = true, allowLoopback = false }: TaskProtectionClientOptions = {}) {
    if (Reflect.get(globalThis, PLACE)) {
      throw new Error(
        'there is a TaskProtectionClient in this process already: a task has one protection, so share the one client',
      );
    }
    const env = process.env;
    const uri = env.ECS_AGENT_URI;
    const minutes = minutesOf(env);
    const ask = uri ? askerOf(uri, allowLoopback) : notAsked;
    const obstacle = uri ? undefined : obstacleOf(env);
    super({ log, releaseAtStart, minutes, obstacle, wallTime: Date.now }, { ...NODE, ask });
    Reflect.set(globalThis, PLACE, this);
  }

  override async close(): Promise<void> {
    await super.close();
    if (Reflect.get(globalThis, PLACE) === this) Reflect.deleteProperty(globalThis, PLACE);
  }
}

function askerOf(uri: string, allowLoopback: boolean): Ports['ask'] {
  const address = agentAddress(uri, allowLoopback);
  return (wish) => askAgent(address, wish);
}

async function notAsked(_: Wish): Promise<Reply> {
  return { failed: 'NotOnEcs' };
}

/** Every agent since 2017 sets one of these. */
function obstacleOf({ ECS_CONTAINER_METADATA_URI_V4, ECS_CONTAINER_METADATA_URI }: NodeJS.ProcessEnv): Obstacle {
  return ECS_CONTAINER_METADATA_URI_V4 || ECS_CONTAINER_METADATA_URI ? 'agent-too-old' : 'not-on-ecs';
}

const NODE: Omit<Ports, 'ask'> = {
  now: () => performance.now(),
  chance: Math.random,
  arm: (ms, urgent, wake) => {
    const timer = setTimeout(wake, ms);
    if (!urgent) timer.unref();
    return () => clearTimeout(timer);
  },
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
