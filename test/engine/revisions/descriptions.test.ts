import { IncompleteScan } from '../../../engine/incomplete-scan';
import { Descriptions } from '../../../engine/revisions/descriptions';
import type { TaskDefinitions } from '../../../engine/revisions/ports';
import { VirtualClock } from '../../../simulator';

const facts = (revision: number) => ({ family: 'web', revision, status: 'ACTIVE', tagKeys: [] });
function reading(describe: (revision: number) => unknown) {
  const asked: number[] = [];
  const definitions = {
    async describe({ revision }: { revision: number }) {
      asked.push(revision);
      return describe(revision);
    },
  } as unknown as TaskDefinitions;
  return { asked, descriptions: new Descriptions(definitions, new VirtualClock(0), 1000) };
}
const web = (revision: number) => ({ family: 'web', revision });

test('no revision is described twice for one plan, not even one that ECS does not know', async () => {
  const { asked, descriptions } = reading((revision) => (revision === 2 ? undefined : facts(revision)));
  for (const revision of [1, 2, 1, 2]) await descriptions.read(web(revision));
  expect(asked).toEqual([1, 2]);
  expect([...descriptions.all()]).toEqual([facts(1)]);
  expect([descriptions.facts('web', 1), descriptions.facts('web', 2), descriptions.facts('app', 1)]).toEqual([
    facts(1),
    undefined,
    undefined,
  ]);
});

test('P-15: an answer that makes no sense leaves that one unknown', async () => {
  const { descriptions } = reading(() => {
    throw new IncompleteScan('DescribeTaskDefinition', 'the answer is no object');
  });
  expect(await descriptions.read(web(1))).toBeUndefined();
});

test('P-06: an error says how to go on without that family, where it is not about all of them', async () => {
  const { descriptions } = reading(() => {
    throw new IncompleteScan('DescribeTaskDefinition (web:1)', 'ServerException: no', 'ServerException');
  });
  await expect(descriptions.read(web(1))).rejects.toThrow(
    "DescribeTaskDefinition (web:1): ServerException: no; if it stays so, settings that leave 'web' out let the others go on",
  );
});

test('P-06: ECS saying no is about everything', async () => {
  const { descriptions } = reading(() => {
    throw new IncompleteScan('DescribeTaskDefinition', 'no', 'AccessDeniedException');
  });
  await expect(descriptions.read(web(1))).rejects.toThrow(/^DescribeTaskDefinition: no$/);
});

test('at most 4,000 are read for one plan', async () => {
  const { descriptions } = reading(facts);
  for (let revision = 1; revision <= 4000; revision += 1) {
    expect(descriptions.affordable).toBe(true);
    await descriptions.read(web(revision));
  }
  expect(descriptions.affordable).toBe(false);
});
