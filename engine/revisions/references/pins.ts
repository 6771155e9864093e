import { type Environment, parseRevision, parseTaskDefinitionArn, type Revision } from '../../../lib/contract/arn';
import type { NotExamined } from '../../../lib/contract/prune-plan';
import { mentions } from '../../aws/mentions';
import type { IncompleteScan } from '../../incomplete-scan';
import { tolerated } from './denied';
import type { References } from './references';
import type { Pins } from './referrer';

const FAMILY = /^[A-Za-z0-9_-]{1,255}$/;
const ANY_ARN = /^arn:[a-z0-9-]+:ecs:([a-z0-9-]+):(\d{12}):task-definition\/(.+)$/;
/** Shorter words of an expression, `$` and `id` and the like, are not taken for the beginning of a family's name. */
const SHORTEST_BEGINNING = 3;
/** So many things that could not be looked into are told one by one. */
const TOLD = 20;

/** A task definition that is known when it runs only. */
interface Unresolved {
  readonly words: readonly string[];
  readonly where: string;
}

/** What scans found outside ECS: kept apart, because ECS is read again far more often. */
export class FoundPins implements Pins {
  private readonly pinned: { readonly revision: Revision; readonly where: string }[] = [];
  private readonly open: Unresolved[] = [];
  private readonly closed: NotExamined[] = [];

  /** @param mayBeDenied whether what somebody may not read is told instead of ending the scan */
  constructor(
    private readonly environment: Environment,
    private readonly mayBeDenied = false,
  ) {}

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

  public denied(where: string, refusal: IncompleteScan): void {
    if (!this.mayBeDenied) throw refusal;
    this.closed.push({ kind: where, why: tolerated(refusal) });
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

  /** What was asked, and does not say which revision it needs, not even of which family. */
  public notExamined(kind: string): NotExamined[] {
    const untold = this.open
      .filter(({ words }) => !words.some((word) => word.length >= SHORTEST_BEGINNING))
      .map(({ where }) => ({ kind: where, why: 'names a task definition that is known when it runs only, and no family' }));
    const all = [...this.closed, ...untold];
    const more = all.length - TOLD;
    return more > 0 ? [...all.slice(0, TOLD), { kind, why: `${more} more that do not tell what they need` }] : all;
  }
}

/** Whether a word of an expression is a family's name, or may be the beginning of one. */
function mayName(word: string, family: string): boolean {
  return word === family || (word.length >= SHORTEST_BEGINNING && family.startsWith(word));
}
