import type { Reply } from '../../client/agent-answer';
import type { Wish } from '../../client/protection-state';
import type { ClientWorld, Subject } from './client-world';
import { MINUTE } from './client-world';

type Options = { expectedMinutes: number; maxMinutes: number };
const isFine = (reply: Reply) => 'status' in reply && reply.status >= 200 && reply.status < 300;

/** The well-known way: one flag, any 2xx is success, and it is asked again when four fifths of the time are over. */
export function naive(world: ClientWorld): Subject {
  let on = false;
  let disarm = () => {};
  const protect = async (minutes: number): Promise<void> => {
    if (!isFine(await world.ports.ask({ kind: 'protect', minutes }))) return;
    on = true;
    disarm();
    disarm = world.after(minutes * MINUTE * 0.8, () => void protect(minutes));
  };
  return {
    get protected() {
      return on;
    },
    hold: async ({ expectedMinutes }) => {
      if (!on) await protect(expectedMinutes);
      return {
        release: () => {
          on = false;
          disarm();
          void world.ports.ask({ kind: 'release' });
        },
      };
    },
  };
}

/** AWS's sample, first bug: a refusal with status 200 counts as a grant. */
export function refusalIsGrant(world: ClientWorld): Subject {
  const ask = async (wish: Wish): Promise<Reply> => {
    const reply = await world.ports.ask(wish);
    const isRefusal = 'status' in reply && reply.status === 200 && reply.body.includes('"failure"');
    const protection = {
      ProtectionEnabled: wish.kind === 'protect',
      TaskArn: 'arn:aws:ecs:eu-west-1:111122223333:task/jobs/a',
    };
    return isRefusal ? { status: 200, body: JSON.stringify({ protection }) } : sameTask(reply);
  };
  return subjectOf(world, ask);
}

const sameTask = (reply: Reply): Reply =>
  'status' in reply ? { ...reply, body: reply.body.replace(/:task\/[^"]*/, ':task/jobs/a') } : reply;

/** Second bug: the end of one job releases the task under all others. */
export function oneReleaseForAll(world: ClientWorld): Subject {
  const client = world.client();
  let held: { release(): Promise<void> }[] = [];
  return {
    get protected() {
      return client.protected;
    },
    hold: async (options: Options) => {
      const hold = await client.hold(options);
      held.push(hold);
      return {
        release: () => {
          for (const each of held) void each.release();
          held = [];
        },
      };
    },
  };
}

/** Third bug: a release and the next request overlap, and the last answer is taken for the state. */
export function overlapping(world: ClientWorld): Subject {
  let on = false;
  let holders = 0;
  const tell = async (wish: Wish): Promise<void> => {
    const reply = await world.ports.ask(wish);
    if (isFine(reply) && 'body' in reply && reply.body.includes('"protection":{')) on = wish.kind === 'protect';
  };
  return {
    get protected() {
      return on;
    },
    hold: async ({ maxMinutes }) => {
      holders += 1;
      if (!on) await tell({ kind: 'protect', minutes: maxMinutes });
      return {
        release: () => {
          holders -= 1;
          if (holders === 0) void tell({ kind: 'release' });
        },
      };
    },
  };
}

/** Fourth bug: who asks waits for a grant, and for nothing else. */
export function waitsForGrant(world: ClientWorld): Subject {
  const client = world.client();
  return {
    get protected() {
      return client.protected;
    },
    hold: async (options: Options) => {
      const hold = await client.hold(options);
      if (hold.admission !== 'protected') await new Promise(() => {});
      return { release: () => void hold.release() };
    },
  };
}

/** Against the loss of a renewal, some ask for two hours more than the job may take. */
export function asksForMore(world: ClientWorld): Subject {
  return subjectOf(world, (wish) =>
    world.ports.ask(wish.kind === 'protect' ? { kind: 'protect', minutes: wish.minutes + 120 } : wish),
  );
}

function subjectOf(world: ClientWorld, ask: (wish: Wish) => Promise<Reply>): Subject {
  const client = world.client({}, { ask });
  return {
    get protected() {
      return client.protected;
    },
    hold: async (options: Options) => {
      const hold = await client.hold(options);
      return { release: () => void hold.release() };
    },
  };
}
