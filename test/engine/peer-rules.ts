import type { EcsSimulator } from '../../simulator';

// What three tools decide on, each in a few lines of our own, after reading them: manabusakai/tdtidy@661b701,
// quintilesims/go-ecs-cleaner@1776253 with vend/ecs-cleaner@0b101e3, magnetikonline/aws-ecs-task-definition-cleanup@20020f4.

/** Says, from what ECS answers, which revisions to deregister. */
export type PeerRule = (ecs: EcsSimulator, settings: { keepLatest: number; minAgeMinutes: number }) => Promise<string[]>;

type Answer = Readonly<Record<string, never[]>> & { readonly nextToken?: string };

/** Older than so many minutes; nothing else counts. */
export const byAgeOnly: PeerRule = async (ecs, { minAgeMinutes }) => {
  const old: string[] = [];
  for (const arn of await everything(ecs, 'ListTaskDefinitions', 'taskDefinitionArns', { status: 'ACTIVE' })) {
    const { taskDefinition } = (await ecs.call('DescribeTaskDefinition', { taskDefinition: arn })) as {
      taskDefinition: { registeredAt: number };
    };
    if (ecs.now() - taskDefinition.registeredAt * 1000 >= minAgeMinutes * 60_000) old.push(arn);
  }
  return old;
};

/** What services and their deployments name, of the first page of clusters, and the newest few of each family. */
export const byServicesAndCount: PeerRule = async (ecs, { keepLatest }) => {
  const used = new Set<string>();
  const { clusterArns } = (await ecs.call('ListClusters', {})) as Answer;
  for (const cluster of clusterArns as string[]) {
    const services = await everything(ecs, 'ListServices', 'serviceArns', { cluster });
    if (services.length === 0) continue;
    const answer = (await ecs.call('DescribeServices', { cluster, services })) as {
      services: { taskDefinition?: string; deployments: { taskDefinition: string }[] }[];
    };
    for (const { taskDefinition, deployments } of answer.services) {
      for (const arn of [taskDefinition, ...deployments.map((one) => one.taskDefinition)]) if (arn) used.add(arn);
    }
  }
  const unused = (
    await everything(ecs, 'ListTaskDefinitions', 'taskDefinitionArns', { status: 'ACTIVE', sort: 'DESC' })
  ).filter((arn) => !used.has(arn));
  const seen = new Map<string, number>();
  return unused.filter((arn) => {
    const family = arn.slice(0, arn.lastIndexOf(':'));
    seen.set(family, (seen.get(family) ?? 0) + 1);
    return (seen.get(family) as number) > keepLatest;
  });
};

/** Not run by a task of the first page of tasks of the first page of clusters. */
export const byRunningTasksOnly: PeerRule = async (ecs) => {
  const used = new Set<string>();
  const { clusterArns } = (await ecs.call('ListClusters', {})) as Answer;
  for (const cluster of clusterArns as string[]) {
    const { taskArns } = (await ecs.call('ListTasks', { cluster })) as Answer;
    if (taskArns?.length === 0) continue;
    const { tasks } = (await ecs.call('DescribeTasks', { cluster, tasks: taskArns })) as {
      tasks: { taskDefinitionArn: string }[];
    };
    for (const { taskDefinitionArn } of tasks) used.add(taskDefinitionArn);
  }
  const all = await everything(ecs, 'ListTaskDefinitions', 'taskDefinitionArns', { status: 'ACTIVE' });
  return all.filter((arn) => !used.has(arn));
};

async function everything(ecs: EcsSimulator, action: string, member: string, input: object): Promise<string[]> {
  const items: string[] = [];
  let nextToken: string | undefined;
  do {
    const answer = (await ecs.call(action, { ...input, nextToken })) as Answer;
    items.push(...(answer[member] as string[]));
    nextToken = answer.nextToken;
  } while (nextToken);
  return items;
}
