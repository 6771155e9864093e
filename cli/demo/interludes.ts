import { formatTaskDefinitionArn, parseRevision, type Revision, revisionName } from '../../lib/contract/arn';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { NotableRevision } from '../../simulator/account';
import type { SimulatedAws } from './simulated-aws';

/** Fewer revisions than this still to go, and the one that somebody turns to may go in the same minute. */
const LEAST_REMAINING = 60;

/** Something that people do to the account while the pruner goes about its work. */
export interface Interlude extends NotableRevision {
  readonly at: number;
  readonly what: string;
}

/** Somebody reads the plan, and keeps a revision of it by a tag. */
export function keepByTag(aws: SimulatedAws, plan: PrunePlan, keepTag: string): Interlude | undefined {
  const [family = []] = stillToGo(aws, plan);
  const revision = family[Math.floor(family.length / 2)];
  if (!revision) return undefined;
  const { ecs } = aws;
  ecs.perform('TagResource', {
    resourceArn: formatTaskDefinitionArn(ecs.environment, revision),
    tags: [{ key: keepTag, value: 'audit' }],
  });
  const name = revisionName(revision);
  return {
    at: ecs.now(),
    revision: name,
    what: `somebody tags ${name} to keep it`,
    why: 'somebody tagged it when it was announced',
  };
}

/** Somebody rolls a service back to a revision that is about to go. */
export function rollBack(aws: SimulatedAws, plan: PrunePlan): Interlude | undefined {
  const families = stillToGo(aws, plan);
  if (families.reduce((sum, { length }) => sum + length, 0) < LEAST_REMAINING) return undefined;
  const services = steadyServices(aws);
  const known = new Set(aws.account.notable.map(({ revision }) => parseRevision(revision)?.family));
  for (const family of families.filter(([oldest]) => !known.has(oldest?.family))) {
    const revision = family.at(-1);
    const service = services.find(({ taskDefinition }) => parseRevision(taskDefinition)?.family === revision?.family);
    if (!revision || !service) continue;
    const name = revisionName(revision);
    const { clusterArn: cluster, serviceArn, serviceName } = service;
    aws.ecs.perform('UpdateService', { cluster, service: serviceArn, taskDefinition: name });
    return {
      at: aws.ecs.now(),
      revision: name,
      what: `somebody rolls ${serviceName} back to ${name}`,
      why: 'somebody rolled a service back to it while the pruner was at work',
    };
  }
  return undefined;
}

/** What the plan announced and nobody has deregistered yet, by family, the most first. */
function stillToGo({ ecs }: SimulatedAws, { families }: PrunePlan): readonly (readonly Revision[])[] {
  const gone = new Set(ecs.log.destructive.map(revisionName));
  return families
    .map(({ family, verdicts }) =>
      verdicts
        .filter(({ reason }) => reason === 'announced')
        .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, place) => ({ family, revision: from + place })))
        .filter((revision) => !gone.has(revisionName(revision))),
    )
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length);
}

interface Service {
  readonly serviceArn: string;
  readonly serviceName: string;
  readonly clusterArn: string;
  readonly taskDefinition: string;
  readonly deployments?: readonly object[];
  readonly taskSets?: readonly object[];
  readonly desiredCount: number;
}

/** Services under ECS's own deployments, with tasks, and no deployment under way. */
function steadyServices({ ecs, account }: SimulatedAws): readonly Service[] {
  return account.services
    .flatMap((arn) => {
      const cluster = arn.split('/').at(-2);
      return (ecs.perform('DescribeServices', { cluster, services: [arn] }) as { services: Service[] }).services;
    })
    .filter(
      ({ desiredCount, deployments = [], taskSets = [] }) =>
        desiredCount > 0 && deployments.length === 1 && taskSets.length === 0,
    );
}
