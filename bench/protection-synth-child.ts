// Run alone in a process of its own: aws-cdk-lib keeps every token of every app, and a later synthesis pays for the earlier ones.
import { rmSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { PROTECTION_ENV } from '../lib/contract/protection';
import { TaskScaleInProtection } from '../lib/protection/task-scale-in-protection';

const STACKS = 9;

/** Without protection, with the permissions and values that an app can add itself, or with the construct. */
type Way = 'plain' | 'hand' | 'protect';

interface Variant {
  readonly services: number;
  readonly way: Way;
  /** Whether the task roles have a policy already, as those of nearly all workers do. */
  readonly policies: boolean;
}

/** Milliseconds of processor time that building and synthesizing such an app takes: others on the machine do not count. */
function synthesize({ services, ...variant }: Variant): number {
  global.gc?.();
  const start = process.cpuUsage();
  const app = new App({ analyticsReporting: false });
  for (let index = 0; index < STACKS; index += 1) {
    const stack = new Stack(app, `Stack${index}`);
    const cluster = new ecs.Cluster(stack, 'Cluster');
    for (let number = index; number < services; number += STACKS) addService(stack, cluster, number, variant);
  }
  const { directory } = app.synth();
  const { user, system } = process.cpuUsage(start);
  rmSync(directory, { recursive: true });
  return (user + system) / 1000;
}

function addService(stack: Stack, cluster: ecs.Cluster, number: number, { way, policies }: Omit<Variant, 'services'>): void {
  const taskDefinition = new ecs.FargateTaskDefinition(stack, `Definition${number}`);
  taskDefinition.addContainer('worker', {
    image: ecs.ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx'),
    environment: { QUEUE: `queue-${number}`, LEVEL: 'info' },
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'worker' }),
  });
  if (policies) {
    const resources = [stack.formatArn({ service: 'sqs', resource: `queue-${number}` })];
    taskDefinition.addToTaskRolePolicy(new iam.PolicyStatement({ actions: ['sqs:ReceiveMessage'], resources }));
  }
  const service = new ecs.FargateService(stack, `Service${number}`, {
    cluster,
    taskDefinition,
    circuitBreaker: { rollback: true },
    minHealthyPercent: 100,
  });
  if (way === 'protect') new TaskScaleInProtection(stack, `Protection${number}`, { service });
  if (way === 'hand') addByHand(stack, cluster, taskDefinition);
}

/** What the template gets from the construct, and nothing that checks it. */
function addByHand(stack: Stack, cluster: ecs.Cluster, taskDefinition: ecs.TaskDefinition): void {
  taskDefinition.defaultContainer?.addEnvironment(PROTECTION_ENV.defaultMinutes, '60');
  taskDefinition.defaultContainer?.addEnvironment(PROTECTION_ENV.maximumMinutes, '120');
  const resources = [stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` })];
  const actions = ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'];
  taskDefinition.addToTaskRolePolicy(new iam.PolicyStatement({ actions, resources }));
}

const [way, roles, services] = process.argv.slice(2) as [Way, string, string];
const policies = roles === 'policies';
// All ways are warm before one of them is measured.
for (const warm of ['protect', 'hand', 'plain', 'protect', 'hand', 'plain'] as const) {
  synthesize({ services: 50, policies, way: warm });
}
console.log(synthesize({ services: Number(services), policies, way }));
