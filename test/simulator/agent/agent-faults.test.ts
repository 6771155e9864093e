import {
  AGENT_FAULT_KINDS,
  type AgentAnswer,
  type AgentFaultKind,
  AgentFaults,
  type PlannedAgentFault,
} from '../../../simulator';
import { agentWorld } from './agent-world';

function struckWorld(plan: PlannedAgentFault[], lateMs?: number) {
  const world = agentWorld();
  const faults = new AgentFaults(plan, { clock: world.clock, ...(lateMs === undefined ? {} : { lateMs }) });
  world.agent.intercept = faults.intercept;
  world.agent.interceptEcs = faults.interceptEcs;
  return { ...world, faults };
}

const once = (kind: AgentFaultKind, from = 1): PlannedAgentFault => ({ kind, action: 'PUT', from, times: 1 });

function brief(answer: AgentAnswer): string {
  if (answer === 'dropped') return answer;
  if (!answer.contentType.includes('json')) return `${answer.status} text`;
  const { failure, error } = JSON.parse(answer.body) as { failure?: { Reason: string }; error?: { Code: string } };
  return `${answer.status} ${failure?.Reason ?? error?.Code ?? 'ok'}`;
}

const TOLD: Readonly<Record<string, readonly string[]>> = {
  throttled: ['400 ThrottlingException', '504 RequestCanceled'],
  denied: ['400 AccessDeniedException'],
  blocked: ['200 DEPLOYMENT_BLOCKED'],
  'not-valid': ['200 TASK_NOT_VALID'],
  missing: ['200 MISSING'],
  'two-failures': ['500 ServerException'],
  empty: ['dropped'],
  'no-role': ['403 AccessDeniedException'],
  'unknown-task': ['404 ResourceNotFoundException'],
  'no-metadata': ['500 ServerException'],
  'rate-limited': ['429 text'],
  'ecs-fails': ['500 ServerException', '504 RequestCanceled'],
  'ecs-unreachable': ['500 ServerException', '504 RequestCanceled'],
  'ecs-garbles': ['500 ServerException', '504 RequestCanceled'],
  'ecs-slow': ['504 RequestCanceled'],
  dropped: ['dropped'],
  silent: ['dropped'],
};

test.each(AGENT_FAULT_KINDS)('%s: told as it is, and done as it says', async (kind) => {
  const { put, get, send, faults, minutesLeft, ecs } = struckWorld([once(kind)]);
  const [, end = kind, effect = 'undone'] = /^(.*)-(undone|done|late)$/.exec(kind) ?? [];
  expect(TOLD[end]).toContain(brief(await put(true, 60)));
  expect(faults.hits.get(kind)).toBe(1);
  expect(faults.struck.map(({ action, attempt }) => `${action} ${attempt}`)).toEqual(['PUT 1']);
  const isDone = () => ecs.stat().UpdateTaskProtection !== undefined && minutesLeft() > 0;
  // A silent agent outlasts the longest delay of an effect.
  expect(isDone()).toBe(effect === 'done' || kind === 'silent-late');
  const { protection } = JSON.parse(((await get()) as { body: string }).body);
  expect(protection.ProtectionEnabled).toBe(effect === 'done' || kind === 'silent-late');
  expect(isDone()).toBe(effect !== 'undone');
  expect(brief(await send('PUT', '{"ProtectionEnabled":false}'))).toBe('200 ok');
  expect(minutesLeft()).toBe(0);
});

test('every end of an unanswered request comes without its effect, with it, and with it late', () => {
  const ends = AGENT_FAULT_KINDS.filter((kind) => kind.endsWith('-undone')).map((kind) => kind.replace('-undone', ''));
  for (const end of ends) for (const effect of ['done', 'late']) expect(AGENT_FAULT_KINDS).toContain(`${end}-${effect}`);
  expect(new Set(AGENT_FAULT_KINDS.map((kind) => kind.replace(/-(undone|done|late)$/, '')))).toEqual(
    new Set(Object.keys(TOLD)),
  );
});

test('a late effect overtakes what was confirmed in between', async () => {
  const { put, minutesLeft } = struckWorld([once('dropped-late', 2)]);
  await put(true, 60);
  expect(await put(false)).toBe('dropped');
  expect(brief(await put(true, 60))).toBe('200 ok');
  expect(minutesLeft()).toBe(0);
});

test('a late effect that nothing follows comes after five seconds, or when the test says', async () => {
  for (const lateMs of [undefined, 20_000]) {
    const { clock, put, minutesLeft } = struckWorld([once('dropped-late')], lateMs);
    await put(true, 60);
    await clock.run(clock.sleep((lateMs ?? 5_000) - 1));
    expect(minutesLeft()).toBe(0);
    await clock.run(clock.sleep(2));
    expect(minutesLeft()).toBeGreaterThan(59);
  }
});

test('it strikes the k-th request of a method, and so many in a row', async () => {
  const { put, get, faults } = struckWorld([{ kind: 'rate-limited', action: 'PUT', from: 2, times: 2 }]);
  const answers: string[] = [];
  for (let at = 0; at < 4; at += 1) answers.push(brief(await put(true)), brief(await get()));
  expect(answers.filter((_, at) => at % 2 === 0)).toEqual(['200 ok', '429 text', '429 text', '200 ok']);
  expect(answers.filter((_, at) => at % 2 === 1)).toEqual(Array(4).fill('200 ok'));
  expect(faults.hits.get('rate-limited')).toBe(2);
});

test('a read is never told that a deployment is blocked', async () => {
  const { get, faults } = struckWorld([{ kind: 'blocked', from: 1, times: 1 }]);
  expect(brief(await get())).toBe('200 ok');
  expect(faults.struck).toEqual([]);
});
