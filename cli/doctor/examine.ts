import type { ProbeAnswer, Probing } from '../../engine/doctor/probing';
import { grouped } from './grouped';
import type { Right } from './rights';

export interface Finding extends Right, ProbeAnswer {
  /** The call that was made, as JSON; absent where none was. */
  readonly called?: string;
}

/** Asks for each right in turn, services side by side; the order of the findings is that of the rights. */
export async function examine(rights: readonly Right[], probing: Probing): Promise<Finding[]> {
  const services = grouped(rights, ({ action }) => action.slice(0, action.indexOf(':')));
  const found = await Promise.all([...services.values()].map((ofService) => examineService(ofService, probing)));
  const byAction = new Map(found.flat().map((finding) => [finding.action, finding]));
  return rights.map((right) => byAction.get(right.action) as Finding);
}

async function examineService(rights: readonly Right[], probing: Probing): Promise<Finding[]> {
  const answers = new Map<string, ProbeAnswer>();
  const findings: Finding[] = [];
  for (const right of rights) {
    const unasked = whyNotAsked(right, answers);
    const answer = unasked ?? doubted(right.action, await probing.ask(right.action), answers);
    answers.set(right.action, answer);
    findings.push({ ...right, ...answer, ...(unasked ? {} : { called: probing.called(right.action) }) });
  }
  return findings;
}

function whyNotAsked({ action, offeredHere }: Right, before: ReadonlyMap<string, ProbeAnswer>): ProbeAnswer | undefined {
  if (!offeredHere) return { status: 'NOT_OFFERED' };
  const unreached = [...before.values()].find(({ status }) => status === 'UNREACHED');
  // Each attempt may take seconds, and the next would find the same closed door.
  if (unreached) return { ...unreached, reason: 'not asked again' };
  if (action !== 'ecs:DeregisterTaskDefinition') return undefined;
  // The one call that could change something: only for a revision that ECS has just said does not exist.
  const described = before.get('ecs:DescribeTaskDefinition');
  if (described?.status === 'ALLOWED' && described.code !== undefined) return undefined;
  return {
    status: 'NOT_ASKED',
    reason: 'ECS did not say that the made-up revision does not exist, so that nothing was risked',
  };
}

/** Where a refusal has two meanings, it has the one only if another right is there. */
const MEANS_NOTHING_WITHOUT: Readonly<Record<string, string>> = {
  's3:GetObject': 's3:ListBucket',
  's3:PutObject': 's3:GetObject',
  's3:DeleteObject': 's3:GetObject',
};

function doubted(action: string, answer: ProbeAnswer, before: ReadonlyMap<string, ProbeAnswer>): ProbeAnswer {
  const other = MEANS_NOTHING_WITHOUT[action];
  if (answer.status !== 'DENIED' || other === undefined || before.get(other)?.status === 'ALLOWED') return answer;
  return { ...answer, status: 'UNCLEAR', reason: `cannot be told without ${other}` };
}
