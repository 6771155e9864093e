import { type Environment, parseRevision, parseTaskDefinitionArn, type Revision } from '../../../lib/contract/arn';
import { mentions } from '../../aws/mentions';
import type { References } from './references';
import type { Pins } from './referrer';

const FAMILY = /^[A-Za-z0-9_-]{1,255}$/;
const ANY_ARN = /^arn:[a-z0-9-]+:ecs:([a-z0-9-]+):(\d{12}):task-definition\/(.+)$/;
/** Shorter words of an expression, `$` and `id` and the like, are not taken for the beginning of a family's name. */
const SHORTEST_BEGINNING = 3;

/** A task definition that is known when it runs only. */
interface Unresolved {
  readonly words: readonly string[];
  readonly where: string;
}

/** What scans found outside ECS: kept apart, because ECS is read again far more often. */
export class FoundPins implements Pins {
  private readonly pinned: { readonly revision: Revision; readonly where: string }[] = [];
  private readonly open: Unresolved[] = [];

  constructor(private readonly environment: Environment) {}

  public pin(taskDefinition: string, where: string): void {
    const arn = parseTaskDefinitionArn(taskDefinition);
    const revision = parseRevision(taskDefinition);
    const [, region, account, name = ''] = ANY_ARN.exec(taskDefinition) ?? [];
    const elsewhere = region !== undefined && (region !== this.environment.region || account !== this.environment.account);
    // A revision belongs to one account and Region: what names another one's can run none of these.
    if (elsewhere || FAMILY.test(taskDefinition) || FAMILY.test(name)) return;
    if (revision && (!arn || arn.partition === this.environment.partition)) this.pinned.push({ revision, where });
    else this.unresolved(taskDefinition, where);
  }

  public mentions(value: unknown, where: string): void {
    for (const { text } of mentions(value)) this.pin(text, where);
  }

  public unresolved(expression: string, where: string): void {
    this.open.push({ words: expression.split(/[^A-Za-z0-9_-]+/).filter((word) => word !== ''), where });
  }

  /** Adds everything to what a scan of ECS found. */
  public addTo(references: References): void {
    for (const { revision, where } of this.pinned) references.add(revision, where);
    if (this.open.length === 0) return;
    references.holdWhere((family) => {
      const by = this.open.find(({ words }) => words.some((word) => mayName(word, family)));
      return by && { reason: 'referenced', evidence: `${by.where}: which revision is known when it runs only` };
    });
  }

  /** Where a task definition is known when it runs only, and nothing in the expression tells of which family. */
  public get untold(): readonly string[] {
    return this.open.filter(({ words }) => !words.some((word) => word.length >= SHORTEST_BEGINNING)).map(({ where }) => where);
  }
}

/** Whether a word of an expression is a family's name, or may be the beginning of one. */
function mayName(word: string, family: string): boolean {
  return word === family || (word.length >= SHORTEST_BEGINNING && family.startsWith(word));
}
