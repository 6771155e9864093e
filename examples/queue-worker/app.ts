import { App, Duration, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskScaleInProtection } from 'cdk-ecs-caretaker';

const app = new App();
const stack = new Stack(app, 'QueueWorker');

const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });
vpc.addFlowLog('FlowLog');
const cluster = new ecs.Cluster(stack, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });

const deadLetterQueue = new sqs.Queue(stack, 'DeadLetters', { enforceSSL: true, retentionPeriod: Duration.days(14) });
const queue = new sqs.Queue(stack, 'Queue', {
  enforceSSL: true,
  visibilityTimeout: Duration.minutes(5),
  deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 3 },
});

const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Transcoder', { cpu: 1024, memoryLimitMiB: 2048 });
taskDefinition.addContainer('worker', {
  image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-alpine'),
  command: ['node', 'worker.js'],
  environment: { QUEUE_URL: queue.queueUrl },
  logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'worker' }),
  // A task whose protection has ended makes its message visible again before it goes.
  stopTimeout: Duration.seconds(60),
});
queue.grantConsumeMessages(taskDefinition.taskRole);

const service = new ecs.FargateService(stack, 'Service', {
  cluster,
  taskDefinition,
  minHealthyPercent: 100,
  maxHealthyPercent: TaskScaleInProtection.maximumPercentFor(1),
  circuitBreaker: { rollback: true },
});
service.autoScaleTaskCount({ minCapacity: 1, maxCapacity: 20 }).scaleOnMetric('Backlog', {
  metric: queue.metricApproximateNumberOfMessagesVisible(),
  scalingSteps: [
    { upper: 0, change: -1 },
    { lower: 10, change: +2 },
    { lower: 100, change: +5 },
  ],
});

new TaskScaleInProtection(stack, 'Protection', {
  service,
  defaultProtection: Duration.minutes(20),
  maxProtection: Duration.hours(2),
  handBackTime: Duration.seconds(20),
});

// What cdk-nag asks about, and why it stands here.
Validations.of(taskDefinition).acknowledge({
  id: 'AwsSolutions-ECS2',
  reason: 'the environment holds a queue’s URL and minutes, no secret',
});
