import { References } from '../../../engine/revisions/references/references';
import type { ReferenceScan } from '../../../engine/revisions/references/scan';
import { VERIFIED_AFTER, verify } from '../../../engine/revisions/verify';
import { MINUTE, START } from '../random-world';

const ACT = { family: 'web', revision: 3, at: START };
function scan(began: number, referenced = false): ReferenceScan {
  const references = new References();
  if (referenced) references.add(ACT, 'service blue/shop: taskDefinition');
  return { began, ended: began + 1000, references, clusters: 1, services: 1, examined: [], notExamined: [] };
}

test('an act is settled by a scan that began ten minutes after it: until then ECS may still accept the revision', () => {
  expect(VERIFIED_AFTER).toBe(10 * MINUTE);
  expect(verify([ACT], scan(START + 10 * MINUTE - 1))).toEqual({ pending: [ACT], late: [] });
  expect(verify([ACT], scan(START + 10 * MINUTE))).toEqual({ pending: [], late: [] });
});

test('P-01: a reference that came after all is told at once, with the command that registers the revision again', () => {
  const { pending, late } = verify([ACT], scan(START + 1, true));
  expect(pending).toEqual([]);
  expect(late).toEqual([
    {
      revision: 'web:3',
      deregisteredAt: '2026-03-01T12:00:00.000Z',
      referencedBy: 'service blue/shop: taskDefinition',
      remedy:
        'aws ecs describe-task-definition --task-definition web:3 --query taskDefinition --output json' +
        " | jq 'del(.taskDefinitionArn,.revision,.status,.requiresAttributes,.compatibilities,.registeredAt,.registeredBy,.deregisteredAt)'" +
        ' > web-3.json && aws ecs register-task-definition --cli-input-json file://web-3.json',
    },
  ]);
});

test('a scan that began before the act says nothing about it', () => {
  expect(verify([ACT], scan(START - 1, true))).toEqual({ pending: [ACT], late: [] });
});
