import { App, Aspects, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as patterns from 'aws-cdk-lib/aws-ecs-patterns';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ProtectedTasks, TaskScaleInProtection } from 'cdk-ecs-caretaker';
import { dependencyCircle } from './dependency-circle';
import {
  environmentsOf,
  errorOf,
  fargateService,
  idsIn,
  image,
  infosOf,
  protectedService,
  statementsOf,
  warningsOf,
} from './service-in';

type MakeService = (stack: Stack, cluster: ecs.Cluster) => { readonly service: ecs.BaseService };

const web = { image };
const targets = { taskImageOptions: web };
const several = { loadBalancers: [{ name: 'lb', listeners: [{ name: 'listener' }] }] };
const FARGATE_PATTERNS: [string, MakeService][] = [
  [
    'ApplicationLoadBalanced',
    (stack, cluster) => new patterns.ApplicationLoadBalancedFargateService(stack, 'P', { cluster, ...targets }),
  ],
  [
    'NetworkLoadBalanced',
    (stack, cluster) => new patterns.NetworkLoadBalancedFargateService(stack, 'P', { cluster, ...targets }),
  ],
  [
    'ApplicationMultipleTargetGroups',
    (stack, cluster) =>
      new patterns.ApplicationMultipleTargetGroupsFargateService(stack, 'P', { cluster, ...targets, ...several }),
  ],
  [
    'NetworkMultipleTargetGroups',
    (stack, cluster) => new patterns.NetworkMultipleTargetGroupsFargateService(stack, 'P', { cluster, ...targets, ...several }),
  ],
  ['QueueProcessing', (stack, cluster) => new patterns.QueueProcessingFargateService(stack, 'P', { cluster, ...web })],
];
const EC2_PATTERNS: [string, MakeService][] = [
  [
    'ApplicationLoadBalanced',
    (stack, cluster) => new patterns.ApplicationLoadBalancedEc2Service(stack, 'P', { cluster, memoryLimitMiB: 99, ...targets }),
  ],
  [
    'NetworkLoadBalanced',
    (stack, cluster) => new patterns.NetworkLoadBalancedEc2Service(stack, 'P', { cluster, memoryLimitMiB: 99, ...targets }),
  ],
  [
    'ApplicationMultipleTargetGroups',
    (stack, cluster) =>
      new patterns.ApplicationMultipleTargetGroupsEc2Service(stack, 'P', {
        cluster,
        memoryLimitMiB: 99,
        ...targets,
        ...several,
      }),
  ],
  [
    'NetworkMultipleTargetGroups',
    (stack, cluster) =>
      new patterns.NetworkMultipleTargetGroupsEc2Service(stack, 'P', { cluster, memoryLimitMiB: 99, ...targets, ...several }),
  ],
  [
    'QueueProcessing',
    (stack, cluster) => new patterns.QueueProcessingEc2Service(stack, 'P', { cluster, memoryLimitMiB: 99, ...web }),
  ],
];

/** A stack whose cluster has instances, started from the recommended image as CDK does it by default. */
function clusterIn(
  stack: Stack,
  options: Partial<ecs.AsgCapacityProviderProps> = {},
  hosts: Partial<autoscaling.AutoScalingGroupProps> = {},
) {
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 });
  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc });
  const autoScalingGroup = new autoscaling.AutoScalingGroup(stack, 'Hosts', {
    vpc,
    instanceType: new ec2.InstanceType('t4g.small'),
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(ecs.AmiHardwareType.ARM),
    ...hosts,
  });
  const provider = new ecs.AsgCapacityProvider(stack, 'Capacity', { autoScalingGroup, ...options });
  cluster.addAsgCapacityProvider(provider);
  return { cluster, provider };
}

function ec2Service(stack: Stack, cluster: ecs.ICluster, props: Partial<ecs.Ec2ServiceProps> = {}) {
  const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'Definition');
  taskDefinition.addContainer('worker', { image, memoryLimitMiB: 99 });
  return new ecs.Ec2Service(stack, 'Service', { cluster, taskDefinition, ...props });
}

const settled = (stack: Stack) => ({ error: errorOf(stack), warnings: warningsOf(stack) });

describe.each([
  ['Fargate', FARGATE_PATTERNS],
  ['EC2', EC2_PATTERNS],
])('the patterns on %s', (_, list) => {
  test.each(list)('%s: permissions, defaults, no circle, no warning', (_name, make) => {
    const stack = new Stack(new App(), 'Stack');
    const { cluster } = clusterIn(stack);
    const { service } = make(stack, cluster);
    new TaskScaleInProtection(stack, 'Protection', { service });
    expect(settled(stack)).toEqual({ error: '', warnings: [] });
    for (const environment of Object.values(environmentsOf(stack))) {
      expect(environment).toMatchObject({ CARETAKER_PROTECTION_MINUTES: '30', CARETAKER_PROTECTION_MAX_MINUTES: '120' });
    }
    expect(statementsOf(stack).map(({ Action }) => Action)).toContainEqual([
      'ecs:GetTaskProtection',
      'ecs:UpdateTaskProtection',
    ]);
    expect(dependencyCircle(Template.fromStack(stack).toJSON().Resources)).toEqual([]);
  });
});

test('the walk finds the circle when the service’s name is put into the task role', () => {
  const { stack } = protectedService();
  expect(dependencyCircle(Template.fromStack(stack).toJSON().Resources)).toEqual([]);
  const named = new Stack(new App(), 'Named');
  const other = fargateService(named);
  other.taskDefinition.addToTaskRolePolicy(
    new iam.PolicyStatement({ actions: ['ecs:UpdateTaskProtection'], resources: [other.serviceArn] }),
  );
  expect(
    dependencyCircle(Template.fromStack(named, { skipCyclicalDependenciesCheck: true }).toJSON().Resources).length,
  ).toBeGreaterThan(2);
});

describe('other services', () => {
  test('an imported cluster is named in the permission', () => {
    const stack = new Stack(new App(), 'Stack');
    const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Imported', {
      clusterName: 'theirs',
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1',
        availabilityZones: ['a'],
        privateSubnetIds: ['subnet-1'],
      }),
      securityGroups: [],
    });
    new TaskScaleInProtection(stack, 'Protection', { service: fargateService(stack, 'Service', { service: { cluster } }) });
    expect(settled(stack)).toEqual({ error: '', warnings: [] });
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain(':task/theirs/*');
  });

  test('an external service is warned of what AWS does not say', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskDefinition = new ecs.ExternalTaskDefinition(stack, 'Definition');
    taskDefinition.addContainer('worker', { image, memoryLimitMiB: 99 });
    const { cluster } = clusterIn(stack);
    const service = new ecs.ExternalService(stack, 'Service', { cluster, taskDefinition });
    new TaskScaleInProtection(stack, 'Protection', { service });
    expect(errorOf(stack)).toBe('');
    expect(idsIn(warningsOf(stack)).sort()).toEqual(['externalInstances', 'noRoomForReplacements']);
  });

  test.each([
    ['aws', 'eu-west-1', ':ecs:eu-west-1:111122223333:task/'],
    ['aws-cn', 'cn-north-1', ':ecs:cn-north-1:111122223333:task/'],
    ['aws-us-gov', 'us-gov-west-1', ':ecs:us-gov-west-1:111122223333:task/'],
  ])('in %s the partition is left to the deployment', (_, region, arn) => {
    const { stack } = protectedService({ stack: { env: { account: '111122223333', region } } });
    const statements = JSON.stringify(statementsOf(stack));
    expect(statements).toContain(`"arn:\${AWS::Partition}${arn}`);
  });
});

describe('a service that is configured afterwards', () => {
  test('is judged, and given its default, as the template says in the end', () => {
    const { stack, service } = protectedService();
    const resource = service.node.findChild('Service') as ecs.CfnService;
    resource.addPropertyOverride('DeploymentConfiguration.MaximumPercent', 100);
    resource.deploymentController = { type: 'CODE_DEPLOY' };
    new codedeploy.CfnDeploymentGroup(stack, 'Group', {
      applicationName: 'app',
      serviceRoleArn: 'arn:aws:iam::111122223333:role/r',
      ecsServices: [{ clusterName: service.cluster.clusterName, serviceName: service.serviceName }],
      blueGreenDeploymentConfiguration: { terminateBlueInstancesOnDeploymentSuccess: { terminationWaitTimeInMinutes: 67 } },
    });
    expect(environmentsOf(stack).worker?.CARETAKER_PROTECTION_MAX_MINUTES).toBe('67');
    expect(settled(stack)).toEqual({ error: '', warnings: [] });
  });

  test('by a deployment group that comes between two syntheses', () => {
    const { stack, service } = protectedService({
      service: { deploymentController: { type: ecs.DeploymentControllerType.CODE_DEPLOY } },
      protection: { maxProtection: Duration.minutes(134), handBackTime: Duration.hours(1) },
    });
    expect(idsIn([errorOf(stack)])).toEqual(['handBackTooLong']);
    new codedeploy.CfnDeploymentGroup(stack, 'Group', {
      applicationName: 'app',
      serviceRoleArn: 'arn:aws:iam::111122223333:role/r',
      ecsServices: [{ clusterName: service.cluster.clusterName, serviceName: service.serviceName }],
      blueGreenDeploymentConfiguration: { terminateBlueInstancesOnDeploymentSuccess: { terminationWaitTimeInMinutes: 60 } },
    });
    expect(errorOf(stack)).toContain("'maxProtection' must be at most 74 minutes, got: 134");
  });

  test('by an Aspect, even one that comes late', () => {
    const { app, stack } = protectedService({ protection: { maxProtection: Duration.hours(20) } });
    expect(idsIn([errorOf(stack)])).toEqual(['protectionOutlivesDeployment']);
    Aspects.of(app).add({
      visit: (node) => {
        if (node instanceof ecs.CfnService) node.addPropertyOverride('DeploymentConfiguration.BakeTimeInMinutes', 10);
      },
    });
    expect(errorOf(stack)).toBe('');
  });

  test('by an Aspect that reaches the service after its containers: they are told the time that is left', () => {
    const { app, stack, service } = protectedService({ protection: { rolloutTime: Duration.minutes(100) } });
    (service.node.findChild('Service') as ecs.CfnService).addPropertyOverride('DeploymentConfiguration.BakeTimeInMinutes', 0);
    Aspects.of(app).add({
      visit: (node) => {
        if (node instanceof ecs.CfnService) node.addPropertyOverride('DeploymentConfiguration.BakeTimeInMinutes', 30);
      },
    });
    // Without bake time CloudFormation waits 3 hours, of which 100 minutes would leave 79; with it, 36 hours.
    expect(environmentsOf(stack).worker).toMatchObject({
      CARETAKER_PROTECTION_MINUTES: '30',
      CARETAKER_PROTECTION_MAX_MINUTES: '120',
    });
  });

  test('by auto scaling, whose least count decides about room', () => {
    const { stack, service } = protectedService({ service: { desiredCount: 10, maxHealthyPercent: 120 } });
    expect(warningsOf(stack)).toEqual([]);
    service.autoScaleTaskCount({ minCapacity: 1, maxCapacity: 20 });
    const [warning = ''] = warningsOf(stack);
    expect(warning).toContain(
      "'maxHealthyPercent' of the service should leave room for a task beside those that are protected, got: 120 % of 1 tasks",
    );
    expect(warning).toContain('Set it to 200 or more');
    expect(TaskScaleInProtection.maximumPercentFor(1)).toBe(200);
  });

  test('with what only the deployment knows, nothing is claimed', () => {
    const { stack, service } = protectedService();
    const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    const resource = service.node.findChild('Service') as ecs.CfnService;
    resource.desiredCount = number;
    resource.addPropertyOverride('DeploymentConfiguration.MaximumPercent', number);
    resource.addPropertyOverride('DeploymentConfiguration.BakeTimeInMinutes', number);
    expect(settled(stack)).toEqual({ error: '', warnings: [] });
  });
});

describe('native strategies', () => {
  test.each([
    ['blue/green, with its 15 minutes of baking', ecs.DeploymentStrategy.BLUE_GREEN, {}, 1439],
    [
      'linear, with steps of their own',
      ecs.DeploymentStrategy.LINEAR,
      { linearConfiguration: { stepPercent: 20, stepBakeTime: Duration.hours(5) } },
      899,
    ],
    [
      'canary',
      ecs.DeploymentStrategy.CANARY,
      { canaryConfiguration: { stepPercent: 5, stepBakeTime: Duration.hours(20) } },
      899,
    ],
  ])('%s', (_, deploymentStrategy, more, longest) => {
    const at = (minutes: number) =>
      errorOf(
        protectedService({ service: { deploymentStrategy, ...more }, protection: { maxProtection: Duration.minutes(minutes) } })
          .stack,
      );
    expect(at(longest)).toBe('');
    expect(at(longest + 1)).toContain(`'maxProtection' must be at most ${longest} minutes, got: ${longest + 1}`);
  });
});

describe('CodeDeploy', () => {
  function withGroup(terminationWaitTime?: Duration) {
    const stack = new Stack(new App(), 'Stack');
    const { cluster } = clusterIn(stack);
    const service = fargateService(stack, 'Service', {
      service: { cluster, deploymentController: { type: ecs.DeploymentControllerType.CODE_DEPLOY } },
      container: { portMappings: [{ containerPort: 80 }] },
    });
    const { vpc } = cluster;
    const listener = new elbv2.ApplicationLoadBalancer(stack, 'Balancer', { vpc }).addListener('Listener', { port: 80 });
    const blueTargetGroup = listener.addTargets('Blue', { port: 80, targets: [service] });
    const greenTargetGroup = new elbv2.ApplicationTargetGroup(stack, 'Green', {
      vpc,
      port: 80,
      targetType: elbv2.TargetType.IP,
    });
    new codedeploy.EcsDeploymentGroup(stack, 'Group', {
      service,
      blueGreenDeploymentConfig: { listener, blueTargetGroup, greenTargetGroup, terminationWaitTime },
    });
    new TaskScaleInProtection(stack, 'Protection', { service });
    return stack;
  }

  test('a wait of an hour leaves 74 minutes, and the warning says what CodeDeploy is not known to do', () => {
    const stack = withGroup(Duration.hours(1));
    expect(environmentsOf(stack).worker?.CARETAKER_PROTECTION_MAX_MINUTES).toBe('74');
    const [warning = ''] = warningsOf(stack);
    expect(warning).toContain(
      "'terminationWaitTime' of the CodeDeploy deployment group should be at least 'maxProtection', 74 minutes, got: 60 minutes",
    );
  });
});

describe('capacity that protection does not cover', () => {
  test('Fargate Spot', () => {
    const { stack } = protectedService({
      service: { capacityProviderStrategies: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] },
    });
    expect(idsIn(warningsOf(stack))).toEqual(['spotCapacity']);
  });

  test('instances that scale-in may end, that are not drained, that Spot may reclaim', () => {
    const stack = new Stack(new App(), 'Stack');
    const { cluster, provider } = clusterIn(
      stack,
      { enableManagedTerminationProtection: false, enableManagedDraining: false },
      { spotPrice: '0.01' },
    );
    const capacityProviderStrategies = [{ capacityProvider: provider.capacityProviderName, weight: 1 }];
    new TaskScaleInProtection(stack, 'Protection', { service: ec2Service(stack, cluster, { capacityProviderStrategies }) });
    expect(errorOf(stack)).toBe('');
    expect(idsIn(warningsOf(stack)).sort()).toEqual(['hostDraining', 'hostTermination', 'spotCapacity']);
  });

  test.each<[string, ec2.IMachineImage, string[], string[]]>([
    ['the recommended image', ecs.EcsOptimizedImage.amazonLinux2(), [], []],
    ['Bottlerocket', new ecs.BottleRocketImage(), [], []],
    [
      'an image that does not tell',
      ec2.MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }),
      [],
      ['agentUnknown'],
    ],
    [
      'an image of 2021',
      ec2.MachineImage.fromSsmParameter(
        '/aws/service/ecs/optimized-ami/amazon-linux-2/amzn2-ami-ecs-hvm-2.0.20210331-x86_64-ebs/image_id',
      ),
      ['agentTooOld'],
      [],
    ],
  ])('%s', (_, machineImage, warnings, infos) => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
    const { cluster } = clusterIn(stack, {}, { machineImage, instanceType: new ec2.InstanceType('t3.small') });
    new TaskScaleInProtection(stack, 'Protection', { service: ec2Service(stack, cluster) });
    expect(errorOf(stack)).toBe('');
    expect(idsIn(warningsOf(stack))).toEqual(warnings);
    expect(idsIn(infosOf(stack))).toEqual(infos);
  });

  test('user data that installs an old agent', () => {
    const stack = new Stack(new App(), 'Stack');
    const userData = ec2.UserData.forLinux();
    userData.addCommands('yum install -y ecs-init-1.61.3-1.amzn2');
    const { cluster } = clusterIn(stack, {}, { userData });
    new TaskScaleInProtection(stack, 'Protection', { service: ec2Service(stack, cluster) });
    expect(idsIn(warningsOf(stack))).toEqual(['agentTooOld']);
  });
});

describe('DRAIN_AFTER_DEPLOYMENT', () => {
  const protection = { protectedTasks: ProtectedTasks.DRAIN_AFTER_DEPLOYMENT, maxProtection: Duration.hours(48) };

  test('defers the clean-up of old tasks, and allows two days of protection', () => {
    const { stack } = protectedService({ protection });
    expect(settled(stack)).toEqual({ error: '', warnings: [] });
    Template.fromStack(stack).hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        EarlySuccessCriteria: { Enable: true, HealthyPercent: 100, SourceServiceRevisionCleanup: 'DEFERRED' },
        MaximumPercent: 200,
      },
    });
  });

  test.each([
    ['BLUE_GREEN', { deploymentStrategy: ecs.DeploymentStrategy.BLUE_GREEN }],
    ['CODE_DEPLOY', { deploymentController: { type: ecs.DeploymentControllerType.CODE_DEPLOY } }],
    ['EXTERNAL', { deploymentController: { type: ecs.DeploymentControllerType.EXTERNAL } }],
  ])('fails on %s, and says why', (type, service) => {
    const error = errorOf(protectedService({ service, protection }).stack);
    expect(error).toContain(
      `got: DRAIN_AFTER_DEPLOYMENT on a service whose deployment is ${type}. ECS takes early success criteria in rolling`,
    );
  });
});
