import { IncompleteScan } from '../../../../engine/incomplete-scan';
import type { References } from '../../../../engine/revisions/references/references';
import { scanReferences } from '../../../../engine/revisions/references/scan';
import { VirtualClock } from '../../../../simulator';
import { reader, service, use } from './fake-reader';

const NOTHING = { examined: [], notExamined: [], addTo: () => undefined };
const elsewhere = { look: async () => NOTHING };

test('a scan counts what it looked at, in every cluster', async () => {
  const clock = new VirtualClock(1000);
  const scan = await scanReferences({
    ecs: reader({
      clusters: async () => ['c/blue', 'c/green'],
      services: async (cluster) => [service({ name: cluster })],
      tasks: async (cluster) => [use(cluster === 'c/blue' ? 'web:1' : 'web:2', 'task')],
    }),
    keepSuccessfulDeployments: 3,
    elsewhere,
    clock,
  });
  expect([scan.clusters, scan.services, scan.began, scan.ended]).toEqual([2, 2, 1000, 1000]);
  expect(scan.examined.map(({ found }) => found)).toEqual([2, 2, 2]);
  expect(scan.references.of({ family: 'web', revision: 2 })).toEqual(['cluster green: task']);
});

test('P-19: what is found outside ECS keeps revisions too, and what no scan reaches stands in a list of its own', async () => {
  const found = {
    examined: [{ kind: 'EventBridge rules', found: 4 }],
    notExamined: [{ kind: 'Step Functions', why: 'left out by the settings' }],
    addTo: (references: References) => references.add({ family: 'web', revision: 1 }, 'EventBridge rule nightly'),
  };
  const options = {
    ecs: reader({}),
    keepSuccessfulDeployments: 3,
    elsewhere: { look: async () => found },
    clock: new VirtualClock(0),
  };
  const { references, examined, notExamined } = await scanReferences(options);
  expect(references.of({ family: 'web', revision: 1 })).toEqual(['EventBridge rule nightly']);
  expect(examined.at(-1)).toEqual({ kind: 'EventBridge rules', found: 4 });
  expect(notExamined).toEqual([
    { kind: 'Step Functions', why: 'left out by the settings' },
    { kind: expect.stringContaining('any program that keeps an ARN to itself'), why: 'nobody can list it' },
  ]);
});

test('a scan is as old as its look at ECS, however long the others take', async () => {
  const clock = new VirtualClock(0);
  const look = async () => {
    await clock.sleep(60_000);
    return NOTHING;
  };
  const { began, ended } = await clock.run(
    scanReferences({ ecs: reader({}), keepSuccessfulDeployments: 3, elsewhere: { look }, clock }),
  );
  expect([began, ended]).toEqual([0, 0]);
});

describe('P-05: when one read fails', () => {
  const options = { keepSuccessfulDeployments: 3, elsewhere, clock: new VirtualClock(0) };

  test('the scan fails at once, and the reads beside it are called off', async () => {
    let goesOn = (): void => undefined;
    const never = new Promise<never>((_, reject) => {
      goesOn = () => reject(new IncompleteScan('ListTasks', 'the scan was abandoned'));
    });
    const abandon = jest.fn(() => goesOn());
    const fails = async () => {
      throw new IncompleteScan('ListServices', 'AccessDeniedException: no', 'AccessDeniedException');
    };
    const scan = scanReferences({ ...options, ecs: reader({ services: fails, tasks: () => never, abandon }) });
    await expect(scan).rejects.toThrow('ListServices: AccessDeniedException: no');
    expect(abandon).toHaveBeenCalled();
  });

  test('the first of two failures is the one that is told', async () => {
    const failing = (name: string) => async () => {
      throw new IncompleteScan(name, 'no');
    };
    const scan = scanReferences({
      ...options,
      ecs: reader({ services: failing('ListServices'), tasks: failing('ListTasks') }),
    });
    await expect(scan).rejects.toThrow('ListServices: no');
  });
});

test('P-05: when a look outside ECS fails, the reads of ECS are called off', async () => {
  const abandon = jest.fn();
  const look = async () => {
    throw new IncompleteScan('ListPipes', 'no');
  };
  const scan = scanReferences({
    ecs: reader({ abandon }),
    keepSuccessfulDeployments: 3,
    elsewhere: { look },
    clock: new VirtualClock(0),
  });
  await expect(scan).rejects.toThrow('ListPipes: no');
  expect(abandon).toHaveBeenCalled();
});
