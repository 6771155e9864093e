import { formatTaskDefinitionArn, parseRevision, parseTaskDefinitionArn } from '../../../lib/contract/arn';

const LARGEST = 2_147_483_647;
const arn = (more: { partition?: string; region?: string; account?: string; name?: string } = {}) => {
  const { partition = 'aws-us-gov', region = 'us-gov-west-1', account = '012345678901', name = 'Web_1-a:7' } = more;
  return `arn:${partition}:ecs:${region}:${account}:task-definition/${name}`;
};

test('P-17: every part of an ARN is read as it stands, a leading nought of the account included', () => {
  expect(parseTaskDefinitionArn(arn())).toEqual({
    partition: 'aws-us-gov',
    region: 'us-gov-west-1',
    account: '012345678901',
    family: 'Web_1-a',
    revision: 7,
  });
  const parsed = parseTaskDefinitionArn(arn({ name: `${'f'.repeat(255)}:${LARGEST}` }));
  expect(parsed && formatTaskDefinitionArn(parsed, parsed)).toBe(arn({ name: `${'f'.repeat(255)}:${LARGEST}` }));
});

test.each(['f:1', 'F_-9:10', `${'f'.repeat(255)}:${LARGEST}`])(
  'P-17: %s is a revision, alone and at the end of an ARN',
  (name) => {
    const [family, digits] = name.split(':');
    const revision = { family, revision: Number(digits) };
    expect(parseRevision(name)).toEqual(revision);
    expect(parseRevision(arn({ name }))).toEqual(revision);
  },
);

test.each([
  'f',
  ':1',
  'f:',
  'f:0',
  'f:01',
  'f:-1',
  'f:1.5',
  'f:1e3',
  'f:x',
  'f:1x',
  'xf:x1',
  ' f:1',
  'f:1 ',
  'f:1\n',
  'f f:1',
  'f/1:1',
  'f.g:1',
  'f*:1',
  'f:1:1',
  `f:${LARGEST + 1}`,
  'f:99999999999',
  `${'f'.repeat(256)}:1`,
])('P-15: %j names no revision, alone or at the end of an ARN', (name) => {
  expect(parseRevision(name)).toBeUndefined();
  expect(parseTaskDefinitionArn(arn({ name }))).toBeUndefined();
  expect(parseRevision(arn({ name }))).toBeUndefined();
});

test.each([
  { partition: '' },
  { partition: 'AWS' },
  { partition: 'aws:x' },
  { region: '' },
  { region: 'us_west' },
  { region: '*' },
  { account: '' },
  { account: '12345678901' },
  { account: '1234567890123' },
  { account: 'abcdefghijkl' },
])('P-15: %j is no part of an ARN, whatever else in it may be read', (part) => {
  expect(parseTaskDefinitionArn(arn(part))).toBeUndefined();
  expect(parseRevision(arn(part))).toBeUndefined();
});

test('P-15: a text in front of an ARN or after it makes it none', () => {
  for (const text of [`x${arn()}`, ` ${arn()}`, `${arn()}x`, `${arn()}\n`, `${arn()}:1`]) {
    expect(parseTaskDefinitionArn(text)).toBeUndefined();
    expect(parseRevision(text)).toBeUndefined();
  }
});
