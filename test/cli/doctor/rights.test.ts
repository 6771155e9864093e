import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { endpointsOf } from '../../../cli/doctor/endpoints';
import { headRoom } from '../../../cli/doctor/head-room';
import { rightsFor } from '../../../cli/doctor/rights';
import { ALL_REFERRERS, REFERRERS, type ReferrerFacts } from '../../../lib/contract/referrers';
import { PruneMode } from '../../../lib/revisions/prune-mode';
import { RevisionPruner } from '../../../lib/revisions/revision-pruner';

const environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const everything = { environment, deregisters: true, without: [], ledger: 'ledger' };

/** What the construct gives its role, `action -> resources`, as it would be in the environment above. */
function granted(mode: PruneMode): Map<string, string[]> {
  const { account, region } = environment;
  const stack = new Stack(new App(), 'Stack', { env: { account, region } });
  new RevisionPruner(stack, 'Pruner', { allFamilies: true, mode });
  const text = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const node = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]]; 'Fn::GetAtt'?: [string, string] };
    if (node['Fn::Join']) return node['Fn::Join'][1].map(text).join(node['Fn::Join'][0]);
    if (node['Fn::GetAtt']) return node['Fn::GetAtt'][0].includes('Ledger') ? 'arn:aws:s3:::ledger' : 'other';
    return node.Ref === 'AWS::Partition' ? environment.partition : 'other';
  };
  const grants = new Map<string, string[]>();
  for (const { Properties } of Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))) {
    for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
      for (const action of [Action].flat()) grants.set(action, [Resource].flat().map(text).sort());
    }
  }
  return grants;
}

describe('the rights that are asked for', () => {
  const ofThePruner = /^(ecs|events|scheduler|pipes|states|codedeploy|cloudformation|s3):/;

  test.each([PruneMode.PLAN, PruneMode.DEREGISTER])(
    'hold every one that RevisionPruner gives its role in mode %s, on the same resources',
    (mode) => {
      const rights = rightsFor({ ...everything, deregisters: mode === PruneMode.DEREGISTER });
      const asked = new Map(rights.map(({ action, resources }) => [action, [...resources].sort()]));
      const given = [...granted(mode)].filter(([action]) => ofThePruner.test(action));
      expect(given.length).toBeGreaterThan(12);
      for (const grant of given) expect([...asked]).toContainEqual(grant);
    },
  );

  test('of ECS, the ledger and the bus are no more than it gives', () => {
    const given = granted(PruneMode.DEREGISTER);
    const asked = rightsFor(everything).filter(({ action }) => /^(ecs|s3):|PutEvents/.test(action));
    expect(asked.filter(({ action }) => !given.has(action))).toEqual([]);
  });

  test('say of a kind that is absent from the Region or the partition that it is not offered', () => {
    const absent = ALL_REFERRERS.flatMap((kind) => {
      const { absentFrom }: ReferrerFacts = REFERRERS[kind];
      return absentFrom.map((place) => ({ kind, place }));
    });
    for (const { kind, place } of absent) {
      const isRegion = /-\d+$/.test(place);
      const there = { ...environment, ...(isRegion ? { region: place } : { partition: place }) };
      const offered = rightsFor({ ...everything, environment: there }).filter(({ offeredHere }) => offeredHere);
      expect(offered.map(({ group }) => group)).not.toContain(REFERRERS[kind].name);
    }
    expect(rightsFor({ ...everything }).every(({ offeredHere }) => offeredHere)).toBe(true);
  });
});

describe('the VPC endpoints', () => {
  test('cover the service of every right a pruner needs', () => {
    const services = new Set(rightsFor(everything).map(({ action }) => action.slice(0, action.indexOf(':'))));
    const reached = endpointsOf()[0]?.endpoints.map(({ service }) => service) ?? [];
    expect(new Set(reached)).toEqual(services);
    expect(reached).toHaveLength(services.size);
  });

  test('of kinds that are switched off are not needed; that of EventBridge still is, for the event of each run', () => {
    const [pruner, ofStack] = endpointsOf(ALL_REFERRERS);
    expect(pruner?.endpoints.map(({ service }) => service)).toEqual(['ecs', 's3', 'events']);
    expect(ofStack?.endpoints.map(({ service }) => service)).toEqual(['ecs', 's3', 'cloudformation']);
  });
});

test('an empty record leaves the whole bucket; one beyond the bucket leaves nothing, not less', () => {
  expect(headRoom({ calls: [], since: 0 })).toMatchObject({ busiestMinute: 0, leftInBusiestMinute: 60 });
  const call = { at: 1, action: 'RegisterTaskDefinition', throttled: false } as const;
  expect(headRoom({ calls: Array(79).fill(call), since: 0 })).toMatchObject({ busiestMinute: 79, leftInBusiestMinute: 0 });
});
