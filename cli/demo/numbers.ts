import type { Ink } from './ink';
import { plainTable, ruledTable } from './tables';
import { count, NARROW } from './words';

/** What the demo counted. */
export interface Numbers {
  readonly activeBefore: number;
  readonly activeAfter: number;
  readonly deregistered: number;
  readonly throttles: number;
  readonly idleTicks: number;
  readonly actingTicks: number;
  /** By action of the APIs. */
  readonly calls: Readonly<Record<string, number>>;
}

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['reads of task definitions', /^(List|Describe)TaskDefinition/],
  ['reads of services, deployments, tasks', /^(List|Describe)(Service|Task(s|Sets)$|Cluster)/],
  ['reads of stacks', /^DescribeStack/],
  [
    'reads of rules, schedules, pipes, state machines, CodeDeploy',
    /^(List(EventBuses|Rules|TargetsByRule|Schedules|Pipes|StateMachine|Application|Deployment)|GetSchedule|Describe(Pipe|StateMachine)|BatchGet)/,
  ],
  ['deregistrations', /^Deregister/],
  ['reads of the ledger', /^(Get|Head|List)Object/],
  ['writes to the ledger', /^(Put|Delete)Object$/],
  ['events put', /^PutEvents$/],
];

/** The calls in a few kinds; what fits none stands under its own name. */
export function callsByKind(calls: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  const kinds = new Map<string, number>();
  for (const [action, number] of Object.entries(calls)) {
    const kind = KINDS.find(([, pattern]) => pattern.test(action))?.[0] ?? action;
    kinds.set(kind, (kinds.get(kind) ?? 0) + number);
  }
  const order = KINDS.map(([kind]) => kind);
  const place = (kind: string) => (order.includes(kind) ? order.indexOf(kind) : order.length);
  return [...kinds].sort(([a], [b]) => place(a) - place(b));
}

export function numbersTable(numbers: Numbers, ink: Ink, width: number): string[] {
  const { activeBefore, activeAfter, deregistered, throttles, calls } = numbers;
  const total = Object.values(calls).reduce((sum, number) => sum + number, 0);
  const rows = [
    ['', 'before', 'after', 'difference'].map((head) => ink.faint(head)),
    ['ACTIVE revisions', count(activeBefore), ink.strong(count(activeAfter)), ink.goes(count(activeAfter - activeBefore))],
    ['INACTIVE by the pruner', '0', count(deregistered), `+${count(deregistered)}`],
  ];
  const columns = width < NARROW ? 3 : 4;
  return [
    ...ruledTable(
      rows.map((row) => row.slice(0, columns)),
      (['left', 'right', 'right', 'right'] as const).slice(0, columns),
    ),
    '',
    ...plainTable(
      [
        ...callsByKind(calls).map(([kind, number]) => [count(number), kind]),
        [ink.strong(count(total)), 'calls over HTTP'],
        [throttles === 0 ? ink.good('0') : ink.bad(count(throttles)), 'of them throttled'],
      ],
      [{ alignment: 'right' }, { width: Math.min(72, width - 12) }],
    ),
  ];
}
