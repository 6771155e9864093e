import * as fc from 'fast-check';
import { FoundPins } from '../../../../engine/revisions/references/pins';
import { References } from '../../../../engine/revisions/references/references';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const ARN = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web';

function found(tell: (pins: FoundPins) => void) {
  const pins = new FoundPins(ENVIRONMENT);
  tell(pins);
  const references = new References();
  pins.addTo(references);
  return { pins, references };
}

describe('P-19: a revision that something outside ECS names', () => {
  test.each([`${ARN}:7`, 'web:7'])('as %s, is kept, and the plan says where it was found', (text) => {
    const { references } = found((pins) => pins.pin(text, 'EventBridge rule nightly'));
    expect(references.of({ family: 'web', revision: 7 })).toEqual(['EventBridge rule nightly']);
    expect(references.holdOn('web')).toBeUndefined();
  });

  test.each([ARN, 'web'])('as %s, means the newest of the family, which stays anyway', (text) => {
    const { references } = found((pins) => pins.pin(text, 'here'));
    expect(references.size).toBe(0);
    expect(references.holdOn('web')).toBeUndefined();
  });

  test.each([
    'arn:aws:ecs:eu-west-1:999999999999:task-definition/web:7',
    'arn:aws:ecs:us-east-1:111122223333:task-definition/web:7',
  ])('as %s, belongs to another account or Region, and keeps nothing here', (text) => {
    const { references } = found((pins) => {
      pins.pin(text, 'here');
      pins.mentions({ deep: [{ taskDefinition: text }] }, 'here');
    });
    expect(references.size).toBe(0);
    expect(references.holdOn('web')).toBeUndefined();
  });

  test.each([
    `${ARN}:*`,
    `${ARN}:007`,
    'web:latest',
    `${ARN}:99999999999`,
    'arn:aws-cn:ecs:eu-west-1:111122223333:task-definition/web:7',
  ])('as %s, cannot be read: the whole family stays, and no other', (text) => {
    const { references } = found((pins) => pins.pin(text, 'schedule s'));
    expect(references.holdOn('web')).toEqual({
      reason: 'referenced',
      evidence: 'schedule s: which revision is known when it runs only',
    });
    expect(references.holdOn('shop')).toBeUndefined();
  });

  test('anywhere in an object, is kept', () => {
    const { references } = found((pins) =>
      pins.mentions({ a: [{ b: `${ARN}:3` }], TaskDefinition: 'web:4', note: 'web:5' }, 'here'),
    );
    expect([3, 4, 5].map((revision) => references.has({ family: 'web', revision }))).toEqual([true, true, false]);
  });
});

describe('a task definition that is known when it runs only', () => {
  test.each([
    ["States.Format('web:{}', $.revision)", ['web', 'web-2'], ['shop']],
    ["States.Format('web-{}:3', $.stage)", ['web-prod'], ['web', 'shop']],
    ["{% 'shop:' & $revision %}", ['shop'], ['web']],
  ])('%s keeps %j', (expression, kept, others) => {
    const { pins, references } = found((all) => all.unresolved(expression, 'state machine m'));
    for (const family of kept) expect(references.holdOn(family)?.evidence).toContain('state machine m');
    for (const family of others) expect(references.holdOn(family)).toBeUndefined();
    expect(pins.notExamined('Step Functions')).toEqual([]);
  });

  test('without a word that tells of which family: the plan says so', () => {
    const { pins } = found((all) => all.unresolved('$.td', 'state machine m, state Run'));
    expect(pins.notExamined('Step Functions')).toEqual([
      { kind: 'state machine m, state Run', why: 'names a task definition that is known when it runs only, and no family' },
    ]);
  });

  test('in more places than anybody reads: the rest is counted', () => {
    const { pins } = found((all) => {
      for (let place = 1; place <= 25; place += 1) all.unresolved('$.td', `state ${place}`);
    });
    const told = pins.notExamined('Step Functions');
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toEqual({ kind: 'Step Functions', why: '5 more that do not tell what they need' });
  });

  test('whatever its text, the family whose name it holds as a word is kept', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
    const gap = fc.stringMatching(/^[^A-Za-z0-9_-]{1,5}$/);
    fc.assert(
      fc.property(name, gap, gap, fc.string(), (family, before, after, rest) => {
        const { references } = found((pins) => pins.unresolved(`${before}${family}${after}${rest}`, 'here'));
        expect(references.holdOn(family)).toBeDefined();
      }),
    );
  });
});
