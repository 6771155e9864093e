import { App, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { StackRevisionPruner } from 'cdk-ecs-caretaker';

const app = new App();
const stack = new Stack(app, 'KeepLastRevisions');

const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });
vpc.addFlowLog('FlowLog');
const cluster = new ecs.Cluster(stack, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });

const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Web', { family: 'keep-last-revisions-web' });
taskDefinition.addContainer('web', {
  // `cdk deploy -c image=...:2` registers the next revision.
  image: ecs.ContainerImage.fromRegistry(app.node.tryGetContext('image') ?? 'public.ecr.aws/nginx/nginx:1.29'),
  portMappings: [{ containerPort: 80 }],
  logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'web' }),
});

new ecs.FargateService(stack, 'Service', {
  cluster,
  taskDefinition,
  minHealthyPercent: 100,
  circuitBreaker: { rollback: true },
});

new StackRevisionPruner(stack, 'OldRevisions', { taskDefinitions: [taskDefinition] });

// What cdk-nag asks about, and why it stands here.
Validations.of(stack).acknowledge({ id: 'AwsSolutions-ECS2', reason: 'the containers have no environment' });
