// Run alone in a process of its own: aws-cdk-lib keeps every token of every app, and a later synthesis pays for the earlier ones.
import { rmSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { TaskScaleInProtection } from '../lib/protection/task-scale-in-protection';

const STACKS = 9;

interface Variant {
  readonly services: number;
  readonly protect: boolean;
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

function addService(
  stack: Stack,
  cluster: ecs.Cluster,
  number: number,
  { protect, policies }: Omit<Variant, 'services'>,
): void {
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
  if (protect) new TaskScaleInProtection(stack, `Protection${number}`, { service });
}

const given = new Set(process.argv.slice(2));
const services = Number(process.argv.at(-1));
const variant = { protect: given.has('protect'), policies: given.has('policies') };
// Both ways are warm before one of them is measured.
for (const protect of [true, false, true, false]) synthesize({ services: 50, policies: variant.policies, protect });
console.log(synthesize({ services, ...variant }));
