import {
  type Environment,
  formatTaskDefinitionArn,
  parseTaskDefinitionArn,
  type Revision,
  revisionName,
} from '../../lib/contract/arn';
import { ECS_PAGE } from '../../lib/contract/limits';
import { IncompleteScan } from '../incomplete-scan';
import { Inventory } from '../revisions/inventory';
import type { RevisionFacts, TaskDefinitions } from '../revisions/ports';
import { asked, ENOUGH, everyPage, optionalList, optionalText, optionalTime, record, text } from './answer';
import type { EcsCall } from './ecs-call';
import type { PacedLimiter } from './paced-limiter';

/** Task definitions over the ECS API. Container definitions end here: no answer leaves this file whole. */
export class EcsTaskDefinitions implements TaskDefinitions {
  constructor(
    public readonly environment: Environment,
    private readonly call: EcsCall,
    private readonly modifyPace: PacedLimiter,
  ) {}

  public async active(families?: readonly string[]): Promise<Inventory> {
    const inventory = new Inventory();
    if (families === undefined) await this.list({}, inventory);
    // Here, unlike in ListTaskDefinitionFamilies, `familyPrefix` is the whole name of one family.
    else for (const family of families) await this.list({ familyPrefix: family }, inventory, family);
    inventory.settle();
    return inventory;
  }

  public async describe(revision: Revision): Promise<RevisionFacts | undefined> {
    const name = `DescribeTaskDefinition (${revisionName(revision)})`;
    const input = { taskDefinition: this.arn(revision), include: ['TAGS'] };
    const given = await asked(this.call, 'DescribeTaskDefinition', input, name).catch(unlessUnknown);
    if (given === UNKNOWN) return undefined;
    const answer = record(given, name);
    const described = record(answer.taskDefinition, name);
    if (described.taskDefinitionArn !== this.arn(revision)) {
      throw new IncompleteScan(name, 'the answer describes another revision');
    }
    const registeredAt = optionalTime(described.registeredAt);
    const deregisteredAt = optionalTime(described.deregisteredAt);
    const registeredBy = optionalText(described.registeredBy);
    return {
      family: revision.family,
      revision: revision.revision,
      status: text(described.status, name),
      tagKeys: optionalList(answer.tags, name).map((tag) => text(tag.key, name)),
      ...(registeredAt === undefined ? {} : { registeredAt }),
      ...(deregisteredAt === undefined ? {} : { deregisteredAt }),
      ...(registeredBy === undefined ? {} : { registeredBy }),
    };
  }

  public async newest(family: string, count: number): Promise<number[]> {
    const input = { familyPrefix: family, status: 'ACTIVE', sort: 'DESC', maxResults: Math.min(count, ECS_PAGE.list) };
    // What is told twice counts once, or it would hide an older one.
    const revisions = new Set<number>();
    await everyPage(this.call, 'ListTaskDefinitions', input, family, (items) => {
      for (const item of items) {
        const arn = parseTaskDefinitionArn(text(item, 'ListTaskDefinitions'));
        if (arn?.family === family) revisions.add(arn.revision);
      }
      return revisions.size >= count ? ENOUGH : undefined;
    });
    return [...revisions].sort((a, b) => b - a).slice(0, count);
  }

  public async deregister(revision: Revision): Promise<void> {
    await this.call('DeregisterTaskDefinition', { taskDefinition: this.arn(revision) });
  }

  public delay(): number {
    return this.modifyPace.delay();
  }

  public throttles(): { total: number; inARow: number } {
    return { total: this.modifyPace.throttles, inARow: this.modifyPace.throttlesInARow };
  }

  private async list(input: Record<string, unknown>, inventory: Inventory, only?: string): Promise<void> {
    const request = { ...input, status: 'ACTIVE', sort: 'ASC', maxResults: ECS_PAGE.list };
    await everyPage(this.call, 'ListTaskDefinitions', request, only ?? '', (items) => {
      for (const item of items) {
        const arn = parseTaskDefinitionArn(text(item, 'ListTaskDefinitions'));
        if (!arn || !this.isHere(arn)) inventory.unreadable += 1;
        else if (only === undefined || arn.family === only) inventory.add(arn.family, arn.revision);
      }
    });
  }

  private isHere({ partition, account, region }: Environment): boolean {
    const here = this.environment;
    return partition === here.partition && account === here.account && region === here.region;
  }

  private arn(revision: Revision): string {
    return formatTaskDefinitionArn(this.environment, revision);
  }
}

const UNKNOWN = Symbol('a revision that ECS does not know');

/** ECS has no error of its own for a revision that was deleted: it calls the request a bad one. */
function unlessUnknown(error: unknown): typeof UNKNOWN {
  if (error instanceof IncompleteScan && error.code === 'ClientException') return UNKNOWN;
  throw error;
}
