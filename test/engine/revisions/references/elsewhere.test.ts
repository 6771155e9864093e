import { MINUTE } from '../../../../engine/clock';
import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { Elsewhere, type ElsewhereOptions } from '../../../../engine/revisions/references/elsewhere';
import { References } from '../../../../engine/revisions/references/references';
import { LISTED_REFERRERS, type ListedReferrer, REFERRERS } from '../../../../lib/contract/referrers';
import { VirtualClock } from '../../../../simulator';
import { scriptedReads } from './scripted-reads';

const EUROPE = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };

interface World {
  readonly settings?: ElsewhereOptions['settings'];
  readonly environment?: typeof EUROPE;
  /** What a kind's first read answers instead of an empty list. */
  readonly refusing?: Partial<Record<ListedReferrer, string>>;
}

function elsewhereIn({ settings = {}, environment = EUROPE, refusing = {} }: World) {
  const asked: ListedReferrer[] = [];
  const clock = new VirtualClock(Date.parse('2026-03-01T12:00:00Z'));
  const services = (kind: ListedReferrer) => {
    asked.push(kind);
    const none = () => {
      const code = refusing[kind];
      if (code) throw new IncompleteScan('List', `${code}: you may not`, code);
      return [];
    };
    const actions = Object.keys(REFERRERS[kind].actions).map((action) => action.slice(action.indexOf(':') + 1));
    return scriptedReads(Object.fromEntries(actions.map((action) => [action, none]))).reads;
  };
  return { elsewhere: new Elsewhere({ settings, environment, services, clock }), asked, clock };
}

test('P-19: every kind is asked by default, and stands in the plan as examined', async () => {
  const { elsewhere, asked } = elsewhereIn({});
  const { examined, notExamined } = await elsewhere.look();
  expect(asked).toEqual(LISTED_REFERRERS);
  expect(examined).toEqual(LISTED_REFERRERS.map((kind) => ({ kind: REFERRERS[kind].name, found: 0 })));
  expect(notExamined).toEqual([]);
});

test.each(LISTED_REFERRERS)('P-19: %s can be left out: it is not asked, and the plan says so', async (kind) => {
  const { elsewhere, asked } = elsewhereIn({ settings: { withoutReferrers: [kind] } });
  const { examined, notExamined } = await elsewhere.look();
  expect(asked).toEqual(LISTED_REFERRERS.filter((other) => other !== kind));
  expect(examined).toHaveLength(LISTED_REFERRERS.length - 1);
  expect(notExamined).toEqual([{ kind: REFERRERS[kind].name, why: 'left out by the settings' }]);
});

test.each([
  ['aws', 'ap-southeast-5'],
  ['aws-us-gov', 'us-gov-west-1'],
])('a service that %s %s does not have is not asked, and no doubt', async (partition, region) => {
  const { elsewhere, asked } = elsewhereIn({ environment: { ...EUROPE, partition, region } });
  expect((await elsewhere.look()).notExamined).toEqual([{ kind: 'EventBridge Pipes', why: 'not offered here' }]);
  expect(asked).not.toContain('EVENTBRIDGE_PIPES');
});

describe.each(LISTED_REFERRERS)('P-06: when %s is denied', (kind) => {
  const refusing = { [kind]: 'AccessDeniedException' };

  test('the scan has failed, and says which rights on what a policy has to give, and what the settings could say', async () => {
    const { elsewhere } = elsewhereIn({ refusing });
    const failure = await elsewhere.look().catch((error: Error) => error);
    expect(failure).toBeInstanceOf(IncompleteScan);
    const { message } = failure as Error;
    for (const [action, resource] of Object.entries(REFERRERS[kind].actions)) {
      const [service] = action.split(':');
      expect(message).toContain(
        `${action} on ${resource === '*' ? '*' : `arn:aws:${service}:eu-west-1:111122223333:${resource}`}`,
      );
    }
    expect(message).toContain(`name ${kind} in 'tolerateDenied' or 'withoutReferrers'`);
  });

  test('and the settings tolerate that: the others are examined, and the plan says that this one was not', async () => {
    const { elsewhere } = elsewhereIn({ refusing, settings: { tolerateDenied: [kind] } });
    const { examined, notExamined } = await elsewhere.look();
    expect(examined).toHaveLength(LISTED_REFERRERS.length - 1);
    expect(notExamined).toEqual([
      { kind: REFERRERS[kind].name, why: expect.stringMatching(/^denied, which the settings tolerate: List: AccessDenied/) },
    ]);
  });

  test('P-05: what only breaks is never tolerated', async () => {
    const { elsewhere } = elsewhereIn({ refusing: { [kind]: 'InternalFailure' }, settings: { tolerateDenied: [kind] } });
    await expect(elsewhere.look()).rejects.toThrow('InternalFailure');
  });
});

test('what the settings keep is a reference, by name or ARN; another account’s ARN is not', async () => {
  const arn = (account: string) => `arn:aws:ecs:eu-west-1:${account}:task-definition/shop:7`;
  const { elsewhere } = elsewhereIn({
    settings: { keep: ['web:3', arn('111122223333'), arn('999999999999').replace('7', '8')] },
  });
  const references = new References();
  (await elsewhere.look()).addTo(references);
  expect(references.of({ family: 'web', revision: 3 })).toEqual(["'keep' in the settings"]);
  expect([7, 8].map((revision) => references.has({ family: 'shop', revision }))).toEqual([true, false]);
});

test('where the settings keep nothing, and nothing outside ECS refers to a family, none is held', async () => {
  const references = new References();
  const hold = jest.spyOn(references, 'holdWhere');
  (await elsewhereIn({}).elsewhere.look()).addTo(references);
  expect(hold).not.toHaveBeenCalled();
});

test('the others are asked again after ten minutes, and not before', async () => {
  const { elsewhere, asked, clock } = elsewhereIn({});
  for (const wait of [0, 5 * MINUTE, 4 * MINUTE]) {
    clock.advanceTo(clock.now() + wait);
    await elsewhere.look();
  }
  expect(asked).toHaveLength(LISTED_REFERRERS.length);
  clock.advanceTo(clock.now() + MINUTE);
  await elsewhere.look();
  expect(asked).toHaveLength(2 * LISTED_REFERRERS.length);
});
