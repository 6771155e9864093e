import { parseRevision } from '../../lib/contract/arn';
import { ECS_PAGE } from '../../lib/contract/limits';
import { IncompleteScan } from '../incomplete-scan';
import type { EcsReader, ServiceDeploymentDetail, ServiceDeploymentFacts, ServiceFacts, Use } from '../revisions/ports';
import {
  besideResult,
  chunks,
  everyArn,
  everyPage,
  type Failure,
  type Json,
  type ListAction,
  optionalList,
  optionalText,
  optionalTime,
  page,
  record,
  text,
} from './answer';
import type { EcsCall } from './ecs-call';
import { mentions } from './mentions';

/** ECS keeps none of this service, or has just deleted the service: what it may roll back to is unknown, not nothing. */
const UNKNOWN_DEPLOYMENTS = new Set(['UnsupportedFeatureException', 'ServiceNotFoundException']);

/** Who refers to a revision, by ECS's own answers. Shapes of the API end here. */
export class EcsApiReader implements EcsReader {
  /** A service revision never changes, so what one was found to run holds for every later scan. */
  private readonly knownServiceRevisions = new Map<string, readonly Use[]>();

  private readonly call: EcsCall;
  private readonly inPassing = new Map<string, Use>();
  private abandoned = false;

  constructor(call: EcsCall) {
    this.call = async (action, input) => {
      if (this.abandoned) throw new IncompleteScan(action, 'the scan was abandoned');
      const answer = await call(action, input);
      this.note(action, answer);
      return answer;
    };
  }

  public named(): readonly Use[] {
    return [...this.inPassing.values()];
  }

  public abandon(): void {
    this.abandoned = true;
  }

  public clusters(): Promise<string[]> {
    return everyArn(this.call, 'ListClusters', { maxResults: ECS_PAGE.list });
  }

  public async services(cluster: string): Promise<ServiceFacts[]> {
    const where = `cluster ${lastPart(cluster)}`;
    const list = () => everyArn(this.call, 'ListServices', { cluster, maxResults: ECS_PAGE.list }, where);
    const found: ServiceFacts[] = [];
    for (const services of chunks(await list(), ECS_PAGE.describeServices)) {
      const { items, failures } = await page(this.call, 'DescribeServices', { cluster, services }, where);
      await settle('DescribeServices', where, services, items, failures, 'serviceArn', list);
      for (const item of items) found.push(serviceFacts(record(item, 'DescribeServices'), cluster));
    }
    return found;
  }

  public async serviceDeployments(service: ServiceFacts): Promise<ServiceDeploymentFacts[] | undefined> {
    const found: ServiceDeploymentFacts[] = [];
    const input = { service: service.arn, cluster: service.cluster, maxResults: ECS_PAGE.list };
    try {
      await everyPage(this.call, 'ListServiceDeployments', input, `service ${service.name}`, (items) => {
        for (const item of items) found.push(deploymentFacts(record(item, 'ListServiceDeployments')));
      });
    } catch (error) {
      if (error instanceof IncompleteScan && UNKNOWN_DEPLOYMENTS.has(error.code ?? '')) return undefined;
      throw error;
    }
    return found;
  }

  public async serviceDeploymentDetails(arns: readonly string[]): Promise<Map<string, ServiceDeploymentDetail | undefined>> {
    const found = new Map<string, ServiceDeploymentDetail | undefined>();
    await this.describe('DescribeServiceDeployments', 'serviceDeploymentArns', ECS_PAGE.describeServiceDeployments, arns, {
      found: (arn, item) =>
        found.set(arn, { serviceRevisions: serviceRevisionsOf(item), uses: usesIn(item, 'service deployment') }),
      missing: (arn) => found.set(arn, undefined),
    });
    return found;
  }

  public async serviceRevisions(arns: readonly string[]): Promise<Map<string, readonly Use[] | undefined>> {
    const found = new Map<string, readonly Use[] | undefined>();
    for (const arn of arns) found.set(arn, this.knownServiceRevisions.get(arn));
    const unknown = [...found].filter(([, uses]) => uses === undefined).map(([arn]) => arn);
    await this.describe('DescribeServiceRevisions', 'serviceRevisionArns', ECS_PAGE.describeServiceRevisions, unknown, {
      found: (arn, item) => {
        referrer(item.taskDefinition, 'DescribeServiceRevisions');
        const uses = usesIn(item, 'service revision');
        this.knownServiceRevisions.set(arn, uses);
        found.set(arn, uses);
      },
      missing: (arn) => found.set(arn, undefined),
    });
    return found;
  }

  public async tasks(cluster: string, stoppedToo = true): Promise<Use[]> {
    const where = `cluster ${lastPart(cluster)}`;
    const uses: Use[] = [];
    // ECS lists by the wished-for status; a task on its way out, or just gone, may be started again by whoever ran it.
    for (const desiredStatus of stoppedToo ? ['RUNNING', 'STOPPED'] : ['RUNNING']) {
      const list = () => everyArn(this.call, 'ListTasks', { cluster, desiredStatus, maxResults: ECS_PAGE.list }, where);
      for (const tasks of chunks(await list(), ECS_PAGE.describeTasks)) {
        const { items, failures } = await page(this.call, 'DescribeTasks', { cluster, tasks }, where);
        await settle('DescribeTasks', where, tasks, items, failures, 'taskArn', list);
        for (const item of items) uses.push(...taskUses(record(item, 'DescribeTasks')));
      }
    }
    return uses;
  }

  /** Of descriptions the items are read one by one, each with its owner; the rest of an answer is read here. */
  private note(action: string, answer: unknown): void {
    if (typeof answer !== 'object' || answer === null) return;
    const rest = action.startsWith('List') ? answer : besideResult(action, answer as Json);
    for (const use of usesIn(rest, action)) this.inPassing.set(`${use.family}:${use.revision} ${use.how}`, use);
  }

  private async describe(
    action: 'DescribeServiceDeployments' | 'DescribeServiceRevisions',
    parameter: string,
    most: number,
    arns: readonly string[],
    take: { found(arn: string, item: Json): void; missing(arn: string): void },
  ): Promise<void> {
    const own = action === 'DescribeServiceRevisions' ? 'serviceRevisionArn' : 'serviceDeploymentArn';
    for (const part of chunks(arns, most)) {
      const { items, failures } = await page(this.call, action, { [parameter]: part });
      const open = new Set(part);
      for (const item of items) {
        const described = record(item, action);
        const arn = text(described[own], action);
        if (open.delete(arn)) take.found(arn, described);
      }
      for (const { arn, reason } of failures) {
        // What ran before ECS kept service revisions (2024-10-25) is answered so, for ever.
        if (reason !== 'MISSING') throw new IncompleteScan(action, `${arn}: ${reason}`);
        if (open.delete(arn)) take.missing(arn);
      }
      if (open.size > 0) throw new IncompleteScan(action, `no answer about ${[...open][0]}`);
    }
  }
}

/** Asked = described + gone. What ECS calls missing must be gone from a second list, or the read is incomplete. */
async function settle(
  action: ListAction,
  where: string,
  wanted: readonly string[],
  items: readonly unknown[],
  failures: readonly Failure[],
  own: string,
  listAgain: () => Promise<string[]>,
): Promise<void> {
  const name = `${action} (${where})`;
  const open = new Set(wanted);
  for (const item of items) open.delete(text(record(item, name)[own], name));
  const other = failures.find(({ reason }) => reason !== 'MISSING');
  if (other) throw new IncompleteScan(name, `${other.arn}: ${other.reason}`);
  if (open.size === 0) return;
  const named = new Set(failures.map(({ arn }) => arn));
  // Told before anything else is asked: acts go on beside a scan, until it is known to have failed.
  for (const arn of open) if (!named.has(arn)) throw new IncompleteScan(name, `no answer about ${arn}`);
  const still = new Set(await listAgain());
  for (const arn of open) if (still.has(arn)) throw new IncompleteScan(name, `no answer about ${arn}`);
}

function serviceFacts(service: Json, cluster: string): ServiceFacts {
  const name = 'DescribeServices';
  const arn = text(service.serviceArn, name);
  const controller = optionalText(record(service.deploymentController ?? {}, name).type) ?? 'ECS';
  for (const holder of [service, ...optionalList(service.deployments, name), ...optionalList(service.taskSets, name)]) {
    // A service of an outside controller may have none of its own; what is there must read as a revision.
    if (holder.taskDefinition !== undefined && holder.taskDefinition !== null) referrer(holder.taskDefinition, name);
  }
  return {
    arn,
    cluster,
    name: `${lastPart(cluster)}/${lastPart(arn)}`,
    controller,
    managedByEcs: service.resourceManagementType === 'ECS',
    uses: usesIn(service, ''),
    serviceRevisions: optionalList(service.currentServiceRevisions, name).map((revision) => text(revision.arn, name)),
  };
}

function deploymentFacts(deployment: Json): ServiceDeploymentFacts {
  const name = 'ListServiceDeployments';
  const target = optionalText(deployment.targetServiceRevisionArn);
  return {
    arn: text(deployment.serviceDeploymentArn, name),
    status: text(deployment.status, name),
    finishedAt: optionalTime(deployment.finishedAt) ?? optionalTime(deployment.createdAt) ?? Number.POSITIVE_INFINITY,
    ...(target === undefined ? {} : { target }),
  };
}

function serviceRevisionsOf(deployment: Json): string[] {
  const name = 'DescribeServiceDeployments';
  const summaries = [
    ...optionalList(deployment.sourceServiceRevisions, name),
    record(deployment.targetServiceRevision ?? {}, name),
  ];
  const arns = summaries.map((summary) => optionalText(summary.arn));
  arns.push(optionalText(record(deployment.rollback ?? {}, name).serviceRevisionArn));
  return arns.filter((arn) => arn !== undefined);
}

function taskUses(task: Json): Use[] {
  referrer(task.taskDefinitionArn, 'DescribeTasks');
  return usesIn(task, 'task').map((use) => (use.how === 'task taskDefinitionArn' ? { ...use, how: 'task' } : use));
}

function usesIn(value: object, kind: string): Use[] {
  return mentions(value).map(({ revision, field }) => ({ ...revision, how: kind ? `${kind} ${field}` : field }));
}

/** A field that names a task definition must name one that can be read: else nobody knows what it keeps. */
function referrer(value: unknown, name: string): void {
  if (!parseRevision(text(value, name))) throw new IncompleteScan(name, 'a task definition in the answer cannot be read');
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
