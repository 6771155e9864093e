import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { NOT_EXAMINED, scanReferences } from '../../../../engine/revisions/references/scan';
import { VirtualClock } from '../../../../simulator';
import { reader, service, use } from './fake-reader';

test('a scan counts what it looked at, in every cluster', async () => {
  const clock = new VirtualClock(1000);
  const scan = await scanReferences(
    reader({
      clusters: async () => ['c/blue', 'c/green'],
      services: async (cluster) => [service({ name: cluster })],
      tasks: async (cluster) => [use(cluster === 'c/blue' ? 'web:1' : 'web:2', 'task')],
    }),
    3,
    clock,
  );
  expect([scan.clusters, scan.services, scan.began, scan.ended]).toEqual([2, 2, 1000, 1000]);
  expect(scan.examined.map(({ found }) => found)).toEqual([2, 2, 2]);
  expect(scan.references.of({ family: 'web', revision: 2 })).toEqual(['cluster green: task']);
});

test('P-19: what is not looked at stands in a list of its own', () => {
  expect(NOT_EXAMINED.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['EventBridge Scheduler', 'Step Functions']));
});

describe('P-05: when one read fails', () => {
  const clock = new VirtualClock(0);

  test('the scan fails at once, and the reads beside it are called off', async () => {
    let goesOn = (): void => undefined;
    const never = new Promise<never>((_, reject) => {
      goesOn = () => reject(new IncompleteScan('ListTasks', 'the scan was abandoned'));
    });
    const abandon = jest.fn(() => goesOn());
    const fails = async () => {
      throw new IncompleteScan('ListServices', 'AccessDeniedException: no', 'AccessDeniedException');
    };
    const scan = scanReferences(reader({ services: fails, tasks: () => never, abandon }), 3, clock);
    await expect(scan).rejects.toThrow('ListServices: AccessDeniedException: no');
    expect(abandon).toHaveBeenCalled();
  });

  test('the first of two failures is the one that is told', async () => {
    const failing = (name: string) => async () => {
      throw new IncompleteScan(name, 'no');
    };
    const scan = scanReferences(reader({ services: failing('ListServices'), tasks: failing('ListTasks') }), 3, clock);
    await expect(scan).rejects.toThrow('ListServices: no');
  });
});
