import { SECOND } from '../../../engine/clock';
import type { PruneSettings } from '../../../lib/contract/prune-settings';
import { EcsSimulator, SimulatedError, VirtualClock } from '../../../simulator';
import { NOBODY_ELSEWHERE } from '../elsewhere';
import { MemoryLedger } from '../memory-ledger';
import { Pruner } from '../pruner';
import { DEFINITION, ENVIRONMENT, HOUR, MINUTE, START } from '../random-world';

const DAY = 24 * HOUR;

/** Families with one revision a day, the newest ten days old; the rule keeps the newest ten. */
function account(families: Readonly<Record<string, number>> = { web: 13 }, settings: Partial<PruneSettings> = {}) {
  const clock = new VirtualClock(START);
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT, deregistrationLagMinutes: 0 });
  ecs.seedCluster('blue');
  for (const [family, count] of Object.entries(families)) {
    const dates = Array.from({ length: count }, (_, index) => ({ registeredAt: START - (9 + count - index) * DAY }));
    ecs.seedFamily({ family, ...DEFINITION }, dates);
  }
  const ledger = new MemoryLedger();
  const pruner = (more: Partial<PruneSettings> = {}) => new Pruner({ ecs, clock, ledger, settings: { ...settings, ...more } });
  return {
    clock,
    ecs,
    ledger,
    pruner: pruner(),
    another: pruner,
    gone: () => ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`),
    read: (key: string) => JSON.parse(ledger.documents.get(key)?.text ?? 'null'),
    writes: (key: string) => ledger.history.filter((write) => write.key === key).length,
  };
}

async function announced(...given: Parameters<typeof account>) {
  const world = account(...given);
  await world.pruner.tick();
  world.clock.advance(DAY);
  return world;
}

describe('the first run', () => {
  test('P-10: announces, changes nothing, and gives the turn back', async () => {
    const { pruner, gone, read, ledger } = account();
    const report = await pruner.tick();
    expect(report).toMatchObject({ outcome: 'done', ended: 'nothing left', deregistered: 0, remaining: 0 });
    expect(report.plan?.backlog).toMatchObject({ due: 0, announced: 3 });
    expect(gone()).toEqual([]);
    expect(read('announcements.json').families).toEqual({ web: [{ from: 1, to: 3, since: '2026-03-01T12:00:00.000Z' }] });
    expect(read('plan.json')).toEqual(read(report.planKey as string));
    expect(ledger.documents.has('running.json')).toBe(false);
  });

  test('in mode PLAN announces as well, and never acts', async () => {
    const { clock, pruner, gone, another } = account({ web: 13 }, { mode: 'PLAN' });
    for (let day = 0; day < 3; day += 1) {
      expect(await pruner.tick()).toMatchObject({ outcome: 'done', ended: 'planned only' });
      clock.advance(DAY);
    }
    expect(gone()).toEqual([]);
    expect((await another({ mode: 'DEREGISTER' }).tick()).deregistered).toBe(3);
  });
});

describe('a tick goes home', () => {
  test('when it planned not long ago with these settings, and nothing is due or to be verified: it reads one document', async () => {
    const { clock, pruner, ecs, ledger } = account();
    await pruner.tick();
    clock.advance(15 * MINUTE);
    const before = [JSON.stringify(ecs.log.calls), ledger.history.length];
    expect(await pruner.tick()).toMatchObject({ outcome: 'idle', ended: 'nothing is due' });
    expect([JSON.stringify(ecs.log.calls), ledger.history.length]).toEqual(before);
    expect(pruner.reporter.events).toHaveLength(1);
    expect(pruner.reporter.metrics.at(-1)).toEqual({ metric: 'runsSucceeded', value: 1 });
  });

  test.each<[string, number, Partial<PruneSettings>]>([
    ['not when the settings have changed', MINUTE, { keepSuccessfulDeployments: 4 }],
    ['not when the last plan is a day old', DAY, { mode: 'PLAN' }],
    ['not when something is due', DAY, {}],
  ])('%s', async (_, later, change) => {
    const { clock, pruner, another } = account();
    await pruner.tick();
    clock.advance(later);
    expect((await another(change).tick()).outcome).toBe('done');
  });

  test('not when an act waits to be verified, and then it does', async () => {
    const { clock, pruner, read } = await announced();
    expect((await pruner.tick()).deregistered).toBe(3);
    expect(read('unverified.json').acts).toHaveLength(3);
    clock.advance(11 * MINUTE);
    expect((await pruner.tick()).outcome).toBe('done');
    expect(read('unverified.json').acts).toEqual([]);
    clock.advance(MINUTE);
    expect((await pruner.tick()).outcome).toBe('idle');
  });

  test('P-12: when another run has the turn, until that one’s time is up', async () => {
    const { clock, pruner, gone, ledger } = await announced();
    const both = clock.run(Promise.all([pruner.start(), pruner.start()]));
    expect((await both).map(({ outcome }) => outcome).sort()).toEqual(['busy', 'done']);
    expect(gone()).toHaveLength(3);

    const at = (time: number) => new Date(time).toISOString();
    const mark = { startedAt: at(clock.now()), expiresAt: at(clock.now() + 5 * MINUTE) };
    await ledger.write('running.json', JSON.stringify(mark));
    expect((await pruner.tick()).outcome).toBe('idle');
    clock.advance(2 * DAY);
    expect((await pruner.tick()).outcome).toBe('done');
  });
});

describe('a run that an event narrows', () => {
  test.each([[{ planOnly: true }], [{ families: ['web'] }], [{ maxActions: 1 }]])(
    'R-03: to %j neither announces, nor withdraws, nor counts as the last plan',
    async (request) => {
      const { pruner, read, writes, gone } = account();
      await pruner.tick(request);
      expect([writes('announcements.json'), read('state.json').plannedAt, gone()]).toEqual([0, '1970-01-01T00:00:00.000Z', []]);
      expect((await pruner.tick()).plan?.backlog.announced).toBe(3);
    },
  );

  test('acts only on what whole plans announced, of its families, as often as it may', async () => {
    const { pruner, gone } = await announced({ web: 13, job: 12 });
    await pruner.tick({ planOnly: true });
    expect(gone()).toEqual([]);
    await pruner.tick({ families: ['job'], maxActions: 1 });
    expect(gone()).toEqual(['job:1']);
  });

  test('leaves the rest due for the next tick', async () => {
    const { pruner, gone } = await announced({ web: 13, job: 12 });
    await pruner.tick({ families: ['job'] });
    expect(gone()).toEqual(['job:1', 'job:2']);
    await pruner.tick();
    expect(gone()).toEqual(['job:1', 'job:2', 'web:1', 'web:2', 'web:3']);
  });
});

describe('P-10: what was announced', () => {
  test('and is referred to in a later plan is withdrawn, and its notice begins anew', async () => {
    const { clock, ecs, pruner, gone } = account();
    await pruner.tick();
    ecs.seedTask({ cluster: 'blue', taskDefinition: 'web:2', createdAt: clock.now(), stopAt: clock.now() + HOUR });
    clock.advance(DAY - MINUTE / 2);
    await pruner.tick({ planOnly: true });
    clock.advance(MINUTE);
    await pruner.tick();
    expect(gone()).toEqual(['web:1', 'web:2', 'web:3']);

    const other = account();
    await other.pruner.tick();
    const { tasks } = other.ecs.perform('RunTask', { cluster: 'blue', taskDefinition: 'web:2' }) as {
      tasks: { taskArn: string }[];
    };
    other.clock.advance(DAY);
    await other.pruner.tick();
    expect(other.gone()).toEqual(['web:1', 'web:3']);
    other.ecs.perform('StopTask', { cluster: 'blue', task: tasks[0]?.taskArn });
    other.clock.advance(DAY);
    await other.pruner.tick();
    expect(other.gone()).toEqual(['web:1', 'web:3']);
    other.clock.advance(DAY);
    await other.pruner.tick();
    expect(other.gone()).toEqual(['web:1', 'web:3', 'web:2']);
  });

  test('and comes due while a run acts on others goes with the next tick, not a day later', async () => {
    const { clock, ledger, pruner, gone, ecs, read } = account({ web: 13 }, { actionsPerSecond: 0.005 });
    await pruner.tick();
    clock.advance(8 * MINUTE);
    ecs.seedFamily(
      { family: 'job', ...DEFINITION },
      Array.from({ length: 11 }, () => ({ registeredAt: START - 30 * DAY })),
    );
    // Other settings: the tick plans anew.
    await ledger.write('state.json', JSON.stringify({ ...read('state.json'), settings: '' }));
    await pruner.tick();
    clock.advanceTo(START + DAY);
    // Three acts at one in 200 s: in the end job:1 is due, though it was not when the run planned.
    expect(await pruner.tick()).toMatchObject({ ended: 'nothing left', deregistered: 3 });
    clock.advance(15 * MINUTE);
    await pruner.tick();
    expect(gone()).toEqual(['web:1', 'web:2', 'web:3', 'job:1']);
  });
});

describe('a refusal', () => {
  test('P-09: of a guard is told, recorded, and changes no announcement', async () => {
    const { clock, ledger, pruner, gone, writes, read } = await announced();
    ledger.documents.set('state.json', {
      etag: 'x',
      text: JSON.stringify({
        ...read('state.json'),
        sightings: [{ at: new Date(clock.now() - HOUR).toISOString(), clusters: 4, services: 40 }],
      }),
    });
    const before = writes('announcements.json');
    const report = await pruner.tick();
    expect(report.outcome).toBe('refused');
    expect(report.refusals).toEqual([
      'only 0 services were found, but 40 at 2026-03-02T11:00:00.350Z: the scan is not believed',
    ]);
    expect(read('plan.json').refusals).toEqual(report.refusals);
    expect([gone(), writes('announcements.json')]).toEqual([[], before]);
    expect(pruner.reporter.events.at(-1)).toMatchObject({ type: 'Prune Refused', detail: { refusals: report.refusals } });
    expect(pruner.reporter.metrics).toContainEqual({ metric: 'runsRefused', value: 1 });

    // Believed once no scan of the notice period saw more.
    clock.advance(DAY);
    expect((await pruner.tick()).outcome).toBe('done');
    expect(gone()).toHaveLength(3);
  });

  test('of the stop object keeps a run from reading anything', async () => {
    const { ecs, ledger, pruner, gone } = await announced();
    await ledger.write('stop', '');
    const before = JSON.stringify(ecs.log.calls);
    expect(await pruner.tick()).toMatchObject({
      outcome: 'refused',
      refusals: ['the ledger holds a stop object: remove it to go on'],
    });
    expect([JSON.stringify(ecs.log.calls), gone()]).toEqual([before, []]);
    await ledger.remove('stop');
    expect((await pruner.tick()).deregistered).toBe(3);
  });
});

describe('a late reference', () => {
  test('P-01: is reported by the next tick, with the command that registers the revision again, in log, metric and event', async () => {
    const { clock, ecs, pruner, gone } = await announced({ web: 13 }, { actionsPerSecond: 0.5 });
    // Taken into use in the instant between the last scan and the act.
    clock.at(clock.now() + 3000, () => ecs.perform('RunTask', { cluster: 'blue', taskDefinition: 'web:3' }));
    await pruner.tick();
    expect(gone()).toContain('web:3');
    clock.advance(15 * MINUTE);
    const report = await pruner.tick();
    expect(report.late).toMatchObject([{ revision: 'web:3', referencedBy: 'cluster blue: task' }]);
    expect(report.late[0]?.remedy).toContain('aws ecs register-task-definition');
    expect(pruner.reporter.lines).toContainEqual({ level: 'warn', message: 'LATE_REFERENCE', fields: report.late[0] });
    expect(pruner.reporter.metrics).toContainEqual({ metric: 'lateReferences', value: 1 });
    expect(pruner.reporter.events.at(-1)?.detail.lateReferences).toEqual(report.late);
    clock.advance(15 * MINUTE);
    expect((await pruner.tick()).late).toEqual([]);
  });

  test('P-14: is not lost with a run that fails after it was found', async () => {
    const { clock, ecs, ledger, pruner } = await announced();
    clock.at(clock.now() + 3000, () => ecs.perform('RunTask', { cluster: 'blue', taskDefinition: 'web:3' }));
    await pruner.tick();
    clock.advance(15 * MINUTE);
    const write = ledger.write.bind(ledger);
    ledger.write = (key, ...rest) =>
      key.startsWith('plans/') ? Promise.reject(new Error('ledger: full')) : write(key, ...rest);
    expect(await pruner.tick()).toMatchObject({ outcome: 'failed', refusals: ['ledger: full'], late: [] });
    ledger.write = write;
    expect((await pruner.tick()).late).toMatchObject([{ revision: 'web:3' }]);
  });
});

describe('P-14: a run that is killed', () => {
  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'at its %d. write to the ledger leaves a world in which the next runs finish the work',
    async (nth) => {
      const { clock, ledger, pruner, gone, read } = await announced();
      const write = ledger.write.bind(ledger);
      let writes = 0;
      ledger.write = (...given) => {
        writes += 1;
        return writes >= nth ? Promise.reject(new Error('killed')) : write(...given);
      };
      await pruner.tick();
      ledger.write = write;
      for (let tick = 0; tick < 3; tick += 1) {
        clock.advance(15 * MINUTE);
        await pruner.tick();
      }
      expect(gone().sort()).toEqual(['web:1', 'web:2', 'web:3']);
      expect(read('unverified.json').acts).toEqual([]);
    },
  );
});

test('P-14: what a run did before it broke down is verified all the same', async () => {
  const { ecs, pruner, read } = await announced();
  ecs.intercept = ({ action, attempt }, answer) =>
    action === 'DeregisterTaskDefinition' && attempt === 2 ? Promise.reject(new Error('out of memory')) : answer();
  expect(await pruner.tick()).toMatchObject({ outcome: 'failed', refusals: ['out of memory'] });
  expect(read('unverified.json').acts).toMatchObject([
    { family: 'web', revision: 2, begun: true },
    { family: 'web', revision: 3, begun: true },
    { family: 'web', revision: 1 },
  ]);
});

test('P-16: a run does at most what the settings allow, and the next one goes on', async () => {
  const { clock, pruner, gone } = await announced({ web: 15 }, { maxActionsPerRun: 2 });
  expect(await pruner.tick()).toMatchObject({ ended: 'most acts', deregistered: 2, remaining: 3 });
  clock.advance(15 * MINUTE);
  await pruner.tick();
  clock.advance(15 * MINUTE);
  await pruner.tick();
  expect(gone()).toEqual(['web:1', 'web:2', 'web:3', 'web:4', 'web:5']);
});

test('P-16: where CloudFormation answers slowly, a run looks ahead for two minutes, and then acts', async () => {
  const families = Object.fromEntries(Array.from({ length: 40 }, (_, place) => [`web-${place}`, 13]));
  const { clock, ecs, ledger } = await announced(families);
  const began = clock.now();
  const ownerOf = () => clock.sleep(4 * SECOND).then(() => undefined);
  await new Pruner({ ecs, clock, ledger, elsewhere: { stacks: { ...NOBODY_ELSEWHERE.stacks, ownerOf } } }).tick();
  const [first] = ecs.log.destructive;
  expect((first?.at ?? Number.POSITIVE_INFINITY) - began).toBeLessThan(3 * MINUTE);
});

test('the result of a run lies in the ledger beside its plan', async () => {
  const { pruner, read } = await announced();
  const { plan } = await pruner.tick();
  expect(read(`results/${plan?.at.replaceAll(':', '-')}.json`)).toMatchObject({
    version: 1,
    ended: 'nothing left',
    remaining: 0,
    kept: [],
    deregistered: [{ revision: 'web:1' }, { revision: 'web:2' }, { revision: 'web:3' }],
  });
});

test('a ledger that cannot be read ends the run as failed, and nothing is deregistered', async () => {
  const { ledger, pruner, gone } = await announced();
  ledger.documents.set('announcements.json', { etag: 'x', text: '{"version":7}' });
  const report = await pruner.tick();
  expect(report.outcome).toBe('failed');
  expect(report.refusals.join()).toMatch(/^ledger, announcements.json: has version 7/);
  expect(gone()).toEqual([]);
  expect(pruner.reporter.metrics).toContainEqual({ metric: 'runsFailed', value: 1 });
});

describe('P-10 P-14: the ledger vouches for a notice', () => {
  test('not where the state was lost, and a run that made no plan has begun a new one', async () => {
    const { pruner, clock, ledger, gone } = await announced();
    ledger.documents.delete('state.json');
    await pruner.tick({ maxActions: 5 });
    await pruner.tick();
    expect(gone()).toEqual([]);
    clock.advance(DAY);
    await pruner.tick();
    expect(gone()).toEqual(['web:1', 'web:2', 'web:3']);
  });

  test('also when the clock steps back a little, and the run that plans then is killed before it keeps its state', async () => {
    const { pruner, ledger, another, gone, clock } = account();
    await pruner.tick();
    for (const key of ['state.json', 'announcements.json']) {
      const text =
        ledger.documents.get(key)?.text.replace('"plannedAt":"2026-03-01T12:00', '"plannedAt":"2026-03-01T12:04') ?? '';
      await ledger.write(key, text);
    }
    const write = ledger.write.bind(ledger);
    ledger.write = async (key, ...rest) => {
      if (key === 'state.json') throw new Error('killed');
      return write(key, ...rest);
    };
    const changed = another({ keepTag: 'changed' });
    await changed.tick();
    ledger.write = write;
    expect(await changed.tick()).toMatchObject({ outcome: 'done' });
    clock.advance(DAY);
    await changed.tick();
    expect(gone()).toEqual(['web:1', 'web:2', 'web:3']);
  });
});

describe('P-06: a revision that ECS describes to nobody', () => {
  /** Of `web`, of which an error comes for ever. */
  async function undescribed() {
    const world = await announced({ web: 13, job: 13 });
    world.ecs.intercept = async ({ action, input }, answer) => {
      if (action === 'DescribeTaskDefinition' && String(input.taskDefinition).endsWith('/web:1')) {
        throw new SimulatedError('ServerException', 'Service Unavailable', 500);
      }
      return answer();
    };
    return world;
  }

  test('has every run refused, which says what to leave out', async () => {
    const { pruner, gone } = await undescribed();
    expect(await pruner.tick()).toMatchObject({
      outcome: 'refused',
      refusals: [
        'a read was not complete: DescribeTaskDefinition (web:1): ServerException: Service Unavailable; ' +
          "if it stays so, settings that leave 'web' out let the others go on",
      ],
    });
    expect(gone()).toEqual([]);
  });

  test.each<[string, Partial<PruneSettings>]>([
    ['an exception', { exceptFamilies: ['web'] }],
    ['rules that do not name it', { rules: [{ families: ['job'], keepLatest: 10, minAgeMinutes: 7 * 24 * 60 }] }],
  ])('holds up no others once its family is left out by %s', async (_, settings) => {
    const { another, gone } = await undescribed();
    expect((await another(settings).tick()).outcome).toBe('done');
    expect(gone()).toEqual(['job:1', 'job:2', 'job:3']);
  });
});
