import { REASONS } from '../../../lib/contract/prune-plan';
import type { Deregistration, Happening } from '../../../simulator/cloudformation/journal';
import type { Ink } from '../ink';
import { plainTable } from '../tables';
import { clockTime, span } from '../words';
import type { ExampleStack } from './example-stack';
import type { Deployment } from './life';

/** One deployment as it went: statuses of the stack, what was sent to the custom resource, and what it was answered. */
export function timeline(
  { happenings, refusal, at }: Deployment,
  example: ExampleStack,
  handler: string,
  ink: Ink,
  width: number,
): string[] {
  const rows = happenings.flatMap((happening) => {
    const text = lineOf(happening, example, handler, ink);
    return text === undefined ? [] : [[ink.faint(since(happening.at - at)), text]];
  });
  if (refusal !== undefined) rows.push(['', `${ink.bad('refused')}  ${brief(refusal)}`]);
  return plainTable(rows, [{ alignment: 'right', width: 11 }, { width: width - 17 }]);
}

function since(ms: number): string {
  return ms === 0 ? '0 s' : span(ms);
}

function lineOf(happening: Happening, { ids, family }: ExampleStack, handler: string, ink: Ink): string | undefined {
  if (happening.kind === 'stack') {
    const { status, reason } = happening;
    const isBad = status.includes('ROLLBACK');
    const head = status.endsWith('FAILED') ? ink.bad(status) : isBad ? ink.goes(status) : ink.strong(status);
    return status === 'UPDATE_ROLLBACK_FAILED' && reason ? `${head}  ${brief(reason)}` : head;
  }
  if (happening.kind === 'request') return `→ ${happening.event.RequestType} ${ink.faint(idsOf(happening.event))}`.trimEnd();
  if (happening.kind === 'answer') {
    const { answer } = happening;
    if (!answer) return ink.bad('← no answer');
    return `← ${answer.Status} ${ink.faint(shortId(answer.PhysicalResourceId))}${answer.Reason ? `  ${answer.Reason}` : ''}`;
  }
  if (happening.kind === 'deregistration') {
    return `${who(happening, handler)} deregistered ${ink.goes(`${family}:${happening.revision}`)}`;
  }
  const { logicalId, status, physicalId, reason } = happening;
  if (status === 'UPDATE_FAILED') return `${ink.bad(status)} ${logicalId}  ${brief(reason ?? '')}`;
  const isRegistered = logicalId === ids.taskDefinition && status === 'UPDATE_COMPLETE';
  return isRegistered ? `the stack records ${physicalId?.split('/').at(-1)}` : undefined;
}

type Event = Extract<Happening, { kind: 'request' }>['event'];

function idsOf(event: Event): string {
  return 'PhysicalResourceId' in event ? shortId(event.PhysicalResourceId) : '';
}

/** Enough of an id to tell it from the others. */
function shortId(id: string): string {
  return id.replace(/^(task-definitions-[0-9a-f]{6})[0-9a-f]+$/, '$1…');
}

/** A message of CloudFormation's without its wrappings. */
export function brief(reason: string): string {
  const message = /message: "(.*?)"?$/.exec(reason)?.[1] ?? reason;
  return message.replace(/Stack:arn:\S+:stack\/([^/]+)\/\S+/, 'Stack $1');
}

function who({ by }: Deregistration, handler: string): string {
  if (by === 'handler') return handler;
  return by === 'stack' ? 'CloudFormation' : 'somebody';
}

/** What was deregistered: when, by whom, and why; revisions of which the same can be said share a row. */
export function deregistrationsTable(
  happenings: readonly Happening[],
  why: Why,
  handler: string,
  ink: Ink,
  width: number,
): string[] {
  const rows = new Map<string, { readonly revisions: number[]; readonly said: readonly string[] }>();
  for (const one of happenings) {
    if (one.kind !== 'deregistration') continue;
    const said = [clockTime(one.at), who(one, handler), why(one)];
    const row = rows.get(said.join()) ?? { revisions: [], said };
    row.revisions.push(one.revision);
    rows.set(said.join(), row);
  }
  const heads = ['revision', 'when', 'by', 'why'].map((head) => ink.faint(head));
  const told = [...rows.values()].map(({ revisions, said }) => [
    ink.goes(revisions.toSorted((a, b) => a - b).join(' ')),
    ...said,
  ]);
  return plainTable([heads, ...told], [{}, {}, {}, { width: width - 48 }]);
}

type Why = (act: Deregistration) => string;

export const whyPruned: Why = ({ by }) =>
  by === 'handler'
    ? `after the update: ${REASONS.superseded.replace(', and the notice period has passed', '')}`
    : 'the update that made it was rolled back';

export const whyPrunedTooEarly: Why = ({ by, referencedBy: [holder] }) => {
  if (by !== 'handler') return 'the update that made it was rolled back';
  return holder ? `in Update, although the ${holder.split(' ')[0]} needs it` : 'in Update: newer ones stay';
};
