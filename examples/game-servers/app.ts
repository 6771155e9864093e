import { App, Duration, Stack, Validations } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ProtectedTasks, TaskScaleInProtection } from 'cdk-ecs-caretaker';

const app = new App();
const stack = new Stack(app, 'GameServers');

const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });
vpc.addFlowLog('FlowLog');
const cluster = new ecs.Cluster(stack, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });

const instanceRole = new iam.Role(stack, 'InstanceRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
const autoScalingGroup = new autoscaling.AutoScalingGroup(stack, 'Hosts', {
  vpc,
  launchTemplate: new ec2.LaunchTemplate(stack, 'Host', {
    instanceType: ec2.InstanceType.of(ec2.InstanceClass.C7G, ec2.InstanceSize.LARGE),
    // The recommended image: its agent serves the endpoint by which a task protects itself.
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(ecs.AmiHardwareType.ARM),
    userData: ec2.UserData.forLinux(),
    securityGroup: new ec2.SecurityGroup(stack, 'HostsSecurityGroup', { vpc }),
    role: instanceRole,
    requireImdsv2: true,
    blockDevices: [{ deviceName: '/dev/xvda', volume: ec2.BlockDeviceVolume.ebs(30, { encrypted: true }) }],
  }),
  minCapacity: 1,
  maxCapacity: 10,
});
const capacityProvider = new ecs.AsgCapacityProvider(stack, 'Capacity', {
  autoScalingGroup,
  // Protection covers the task; this covers the instance below it.
  enableManagedTerminationProtection: true,
  enableManagedDraining: true,
  capacityProviderName: 'game-hosts',
});
cluster.addAsgCapacityProvider(capacityProvider);

const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'Server');
taskDefinition.addContainer('server', {
  image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-alpine'),
  command: ['node', 'server.js'],
  memoryReservationMiB: 512,
  portMappings: [{ containerPort: 7777, protocol: ecs.Protocol.UDP }],
  logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'server' }),
  stopTimeout: Duration.seconds(30),
});

const service = new ecs.Ec2Service(stack, 'Service', {
  cluster,
  taskDefinition,
  capacityProviderStrategies: [{ capacityProvider: capacityProvider.capacityProviderName, weight: 1 }],
  desiredCount: 4,
  minHealthyPercent: 100,
  maxHealthyPercent: 200,
  circuitBreaker: { rollback: true },
});

const protection = new TaskScaleInProtection(stack, 'Protection', {
  service,
  maxProtection: Duration.hours(12),
  defaultProtection: Duration.hours(1),
  protectedTasks: ProtectedTasks.DRAIN_AFTER_DEPLOYMENT,
});

// What knows who plays where: it protects a server when a match begins and releases it when the match is over.
const matchmaker = new iam.Role(stack, 'Matchmaker', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
protection.grantManage(matchmaker);

// What cdk-nag asks about, and why it stands here.
Validations.of(instanceRole).acknowledge(
  { id: 'AwsSolutions-IAM5[Action::ecs:Submit*]', reason: 'CDK’s own policy for the ECS agent of an instance' },
  { id: 'AwsSolutions-IAM5[Resource::*]', reason: 'CDK’s own policy for the ECS agent of an instance' },
);
Validations.of(matchmaker).acknowledge({
  id: 'AwsSolutions-IAM5[Resource::*]',
  reason: 'ECS lists tasks and services by no resource of theirs; a condition keeps both to the cluster',
});
Validations.of(autoScalingGroup).acknowledge({
  id: 'AwsSolutions-AS3',
  reason: 'the capacity provider scales the group; nobody is to be woken by it',
});
Validations.of(taskDefinition).acknowledge({ id: 'AwsSolutions-ECS2', reason: 'the environment holds minutes, no secret' });
