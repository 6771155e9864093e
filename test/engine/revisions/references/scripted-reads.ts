import type { ActionShape } from '../../../../engine/aws/service-reads';
import { IncompleteScan } from '../../../../engine/incomplete-scan';
import type { Json, Pins, ServiceReads } from '../../../../engine/revisions/references/referrer';

type Script = Readonly<Record<string, (input: Json, time: number) => unknown>>;

export const TASK_DEFINITION = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/';

/** A service as a test writes it: each action answers from a script, told the input and the how-manieth call it is, from 1. */
export function scriptedReads(
  script: Script,
  actions: Readonly<Record<string, Pick<ActionShape, 'gone'>>> = {},
): { reads: ServiceReads; asked: [action: string, input: Json][] } {
  const asked: [string, Json][] = [];
  const answer = async (action: string, input: Json = {}): Promise<unknown> => {
    asked.push([action, input]);
    const written = script[action];
    if (!written) throw new Error(`nothing is written for ${action}`);
    return written(input, asked.filter(([one]) => one === action).length);
  };
  const unlessGone = (action: string, input?: Json) =>
    answer(action, input).catch((error: unknown) => {
      if (error instanceof IncompleteScan && actions[action]?.gone?.includes(error.code ?? '')) return undefined;
      throw error;
    });
  const reads: ServiceReads = {
    list: async (action, input) => ((await unlessGone(action, input)) ?? []) as Json[],
    get: async (action, input) => (await unlessGone(action, input)) as Json | undefined,
  };
  return { reads, asked };
}

export function refused(action: string, code: string, why = 'no'): never {
  throw new IncompleteScan(action, `${code}: ${why}`, code);
}

/** What a scan tells, line by line. */
export class RecordedPins implements Pins {
  readonly pinned: string[] = [];
  readonly open: string[] = [];
  readonly mentioned: unknown[] = [];
  readonly closed: string[] = [];

  constructor(private readonly tolerant = false) {}

  pin(taskDefinition: string, where: string): void {
    this.pinned.push(`${taskDefinition.replace(TASK_DEFINITION, '')} < ${where}`);
  }

  mentions(value: unknown): void {
    this.mentioned.push(value);
  }

  unresolved(expression: string, where: string): void {
    this.open.push(`${expression} < ${where}`);
  }

  denied(where: string, refusal: IncompleteScan): void {
    if (!this.tolerant) throw refusal;
    this.closed.push(`${where}: ${refusal.code}`);
  }

  /** Whether a revision is pinned, or its family is named in something that is known at run time only. */
  keeps(taskDefinition: string): boolean {
    const name = taskDefinition.replace(TASK_DEFINITION, '');
    const family = name.slice(0, name.lastIndexOf(':'));
    const words = this.open.flatMap((line) => (line.split(' < ')[0] ?? '').split(/[^A-Za-z0-9_-]+/));
    return this.pinned.some((line) => line.startsWith(`${name} < `)) || words.includes(family);
  }
}
