import { type Environment, formatTaskDefinitionArn, type Revision } from '../../../lib/contract/arn';
import type { Examined, NotExamined } from '../../../lib/contract/prune-plan';
import { isOffered, REFERRERS, type ReferrerSettings } from '../../../lib/contract/referrers';
import { isDenied } from '../../aws/sdk-error';
import { type Clock, MINUTE } from '../../clock';
import { IncompleteScan } from '../../incomplete-scan';
import { LEFT_OUT, tolerated, withRemedy } from './denied';

/** What CloudFormation says of owners. Each read is complete, or it throws `IncompleteScan`. */
export interface OwningStacks {
  /** The stack, whichever it is, that records this physical id now; `undefined` when none does. */
  ownerOf(physicalId: string): Promise<string | undefined>;
  status(stackId: string): Promise<{ readonly status: string; readonly parentId?: string }>;
}

export interface StackOwnersOptions {
  readonly settings: ReferrerSettings;
  readonly stacks: OwningStacks;
  readonly environment: Environment;
  readonly clock: Clock;
}

/** Why CloudFormation needs a revision, or all of its family. */
export interface OwnerClaim {
  readonly claims: 'revision' | 'family';
  readonly evidence: string;
}

/** How long an answer is good for: a stack that begins an update is seen within this time. */
const VALID = MINUTE;
const DEEPEST_NESTING = 10;
const KIND = 'CLOUD_FORMATION';

/**
 * Asks CloudFormation who owns a revision and the newest of its family, and what those stacks are doing. CloudFormation allows few calls:
 * answers about newest revisions and stacks are kept for a minute.
 */
export class StackOwners {
  private readonly owners = new Map<string, Kept<string | undefined>>();
  private readonly settled = new Map<string, Kept<string | undefined>>();
  private asked = 0;
  private passedOver: string | undefined;

  constructor(private readonly options: StackOwnersOptions) {
    const { settings, environment } = options;
    if (settings.withoutReferrers?.includes(KIND)) this.passedOver = LEFT_OUT;
    else if (!isOffered(KIND, environment)) this.passedOver = 'not offered here';
  }

  /** How many revisions CloudFormation was asked about. */
  public get examined(): Examined[] {
    const { name } = REFERRERS[KIND];
    return this.passedOver === undefined ? [{ kind: `${name}, asked about the next revisions to go`, found: this.asked }] : [];
  }

  public get notExamined(): NotExamined[] {
    return this.passedOver === undefined ? [] : [{ kind: REFERRERS[KIND].name, why: this.passedOver }];
  }

  /**
   * @param newest the newest ACTIVE revision of the same family
   * @throws IncompleteScan when CloudFormation did not say, unless it denied it and the settings tolerate that
   */
  public async claimOn(revision: Revision, newest: number): Promise<OwnerClaim | undefined> {
    if (this.passedOver !== undefined) return undefined;
    try {
      const claim = await this.claim(revision, newest);
      this.asked += 1;
      return claim;
    } catch (error) {
      if (!(error instanceof IncompleteScan && isDenied(error))) throw error;
      const { settings, environment } = this.options;
      if (!settings.tolerateDenied?.includes(KIND)) throw withRemedy(error, KIND, environment);
      this.passedOver = tolerated(error);
      return undefined;
    }
  }

  private async claim(revision: Revision, newest: number): Promise<OwnerClaim | undefined> {
    const stacks = new Set<string>();
    const own = await this.options.stacks.ownerOf(formatTaskDefinitionArn(this.options.environment, revision));
    if (own) stacks.add(own);
    const ofNewest = await this.ownerOfNewest({ family: revision.family, revision: newest });
    if (ofNewest) stacks.add(ofNewest);
    let recorded: OwnerClaim | undefined;
    for (const stack of stacks) {
      const { deleted, atWork } = await this.state(stack);
      if (atWork) return { claims: 'family', evidence: atWork };
      if (stack === own && !deleted) recorded = { claims: 'revision', evidence: `recorded by stack ${nameOf(stack)}` };
    }
    return recorded;
  }

  private ownerOfNewest(revision: Revision): Promise<string | undefined> {
    const arn = formatTaskDefinitionArn(this.options.environment, revision);
    return this.kept(this.owners, arn, () => this.options.stacks.ownerOf(arn));
  }

  private async state(stack: string): Promise<{ readonly deleted: boolean; readonly atWork: string | undefined }> {
    const status = await this.kept(this.settled, stack, () => this.unsettled(stack));
    return status === DELETED ? { deleted: true, atWork: undefined } : { deleted: false, atWork: status };
  }

  /** In words, what a stack or one above it is in the middle of, or failed at. */
  private async unsettled(stack: string): Promise<string | undefined> {
    let id: string | undefined = stack;
    for (let depth = 0; id !== undefined; depth += 1) {
      if (depth > DEEPEST_NESTING) throw new IncompleteScan('DescribeStacks', 'the stacks above do not end');
      const { status, parentId }: { status: string; parentId?: string } = await this.options.stacks.status(id);
      if (status === DELETED && id === stack) return DELETED;
      if (!SETTLED.test(status)) return `stack ${nameOf(id)} is in ${status}`;
      id = parentId;
    }
    return undefined;
  }

  private async kept(
    answers: Map<string, Kept<string | undefined>>,
    name: string,
    ask: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const known = answers.get(name);
    if (known && this.options.clock.now() - known.at < VALID) return known.value;
    const at = this.options.clock.now();
    const value = await ask();
    answers.set(name, { at, value });
    return value;
  }
}

interface Kept<T> {
  readonly at: number;
  readonly value: T;
}

const DELETED = 'DELETE_COMPLETE';
/** Nothing goes on and nothing is half done. A state that CloudFormation invents tomorrow is not among them. */
const SETTLED = /^(CREATE|UPDATE|IMPORT|ROLLBACK|UPDATE_ROLLBACK|IMPORT_ROLLBACK|DELETE)_COMPLETE$/;

/** `arn:…:stack/NAME/ID`, as people know it. */
function nameOf(stackId: string): string {
  return stackId.split('/')[1] ?? stackId;
}
