import fc from 'fast-check';
import { examine } from '../../../cli/doctor/examine';
import { doctorReport, isFine } from '../../../cli/doctor/report';
import { rightsFor } from '../../../cli/doctor/rights';
import type { ProbeAnswer } from '../../../engine/doctor/probing';
import { ALL_REFERRERS } from '../../../lib/contract/referrers';

const caller = { partition: 'aws', account: '111122223333', region: 'eu-west-1', arn: 'arn:aws:iam::111122223333:user/me' };
const DESCRIBE = 'ecs:DescribeTaskDefinition';
const DEREGISTER = 'ecs:DeregisterTaskDefinition';

const answers: fc.Arbitrary<ProbeAnswer> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<ProbeAnswer>({ status: 'ALLOWED', code: 'NotThereException' }) },
  fc.constantFrom<ProbeAnswer>(
    { status: 'ALLOWED' },
    { status: 'DENIED', code: 'AccessDeniedException', reason: 'You may not.' },
    { status: 'UNCLEAR', code: 'ThrottlingException' },
    { status: 'UNREACHED', code: 'ECONNREFUSED' },
    { status: 'NOT_ASKED' },
  ),
);

/** An AWS that gives each right one answer, and keeps what it was asked. */
async function examined(given: readonly ProbeAnswer[], offered: readonly boolean[]) {
  const rights = rightsFor({ environment: caller, deregisters: true, without: [], ledger: 'ledger' }).map((right, index) => ({
    ...right,
    offeredHere: right.action.startsWith('ecs:') || (offered[index] ?? true),
  }));
  const asked: string[] = [];
  const answerOf = new Map(rights.map(({ action }, index) => [action, given[index % given.length] as ProbeAnswer]));
  const findings = await examine(rights, {
    called: (action) => action,
    ask: async (action) => {
      asked.push(action);
      return answerOf.get(action) as ProbeAnswer;
    },
  });
  const report = doctorReport({ caller, findings, notExamined: [], endpoints: [], modifyBucket: { known: false, why: '' } });
  return { rights, asked, answerOf, findings, report };
}

const worlds = fc.tuple(
  fc.array(answers, { minLength: 40, maxLength: 40 }),
  fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
);

test('whatever AWS answers: deregistering is tried only for what ECS says is not there, and nothing is asked where it is not offered', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ([given, offered]) => {
      const { rights, asked, answerOf } = await examined(given, offered);
      const { status, code } = answerOf.get(DESCRIBE) as ProbeAnswer;
      if (asked.includes(DEREGISTER)) expect([status, code]).toEqual(['ALLOWED', 'NotThereException']);
      const absent = rights.filter(({ offeredHere }) => !offeredHere).map(({ action }) => action);
      expect(asked.filter((action) => absent.includes(action))).toEqual([]);
      expect(new Set(asked).size).toBe(asked.length);
    }),
  );
});

test('whatever AWS answers: all is well only if every right is there, and the policy names exactly what is not', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ([given, offered]) => {
      const { rights, findings, report } = await examined(given, offered);
      expect(findings.map(({ action }) => action)).toEqual(rights.map(({ action }) => action));
      expect(isFine(report)).toBe(findings.every(({ status }) => status === 'ALLOWED' || status === 'NOT_OFFERED'));
      const named = report.missing.policy?.Statement.flatMap(({ Action }) => Action) ?? [];
      const missing = findings.filter(({ status }) => !['ALLOWED', 'NOT_OFFERED', 'UNREACHED'].includes(status));
      expect(named.sort()).toEqual(missing.map(({ action }) => action).sort());
      for (const action of named) expect(report.missing.text).toContain(action);
    }),
  );
});

test('the worlds above reach both: deregistering is tried in some, and not in others', async () => {
  const tried = await Promise.all(
    fc.sample(worlds, { numRuns: 60, seed: 1 }).map(async (world) => (await examined(...world)).asked.includes(DEREGISTER)),
  );
  expect(new Set(tried)).toEqual(new Set([true, false]));
});

test('each kind of referrer that is left out is not asked for', () => {
  for (const kind of ALL_REFERRERS) {
    const all = rightsFor({ environment: caller, deregisters: true, without: [] });
    const rest = rightsFor({ environment: caller, deregisters: true, without: [kind] });
    expect(rest.length).toBeLessThan(all.length);
  }
});
