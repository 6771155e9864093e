import { Aspects, Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnService, type CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { environmentsOf, errorOf, idsIn, image, protectedService, warningsOf } from './service-in';

describe('a Fargate service on CDK defaults', () => {
  const { stack } = protectedService();

  test('gets both permissions on the tasks of its cluster, in one statement', () => {
    const tasks = `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:task/\${ClusterEB0386A7}/*`;
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        {
          PolicyName: Match.anyValue(),
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Action: ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
                Effect: 'Allow',
                Resource: { 'Fn::Sub': tasks },
              },
            ],
          },
        },
      ],
    });
  });

  test('has 30 minutes and two hours in its containers', () => {
    expect(environmentsOf(stack)).toEqual({
      worker: { CARETAKER_PROTECTION_MINUTES: '30', CARETAKER_PROTECTION_MAX_MINUTES: '120' },
    });
  });

  test('is warned of nothing', () => {
    expect(warningsOf(stack)).toEqual([]);
  });
});

test('containers that come later get the defaults as well', () => {
  const { stack, service } = protectedService();
  service.taskDefinition.addContainer('sidecar', { image });
  expect(Object.keys(environmentsOf(stack).sidecar ?? {})).toHaveLength(2);
});

test('containers are told what holds, though somebody rendered them before an Aspect changed it', () => {
  const { app, stack, service } = protectedService({ protection: { rolloutTime: Duration.minutes(100) } });
  stack.resolve((service.taskDefinition.node.findChild('Resource') as CfnTaskDefinition).containerDefinitions);
  Aspects.of(app).add({
    visit: (node) => {
      if (node instanceof CfnService) node.addPropertyOverride('DeploymentConfiguration.BakeTimeInMinutes', 30);
    },
  });
  expect(environmentsOf(stack).worker?.CARETAKER_PROTECTION_MAX_MINUTES).toBe('120');
});

test('a container’s own values under the same names are replaced, its others stay', () => {
  const environment = { QUEUE: 'jobs', CARETAKER_PROTECTION_MINUTES: '999' };
  const { stack } = protectedService({ container: { environment } });
  expect(environmentsOf(stack)).toEqual({
    worker: { QUEUE: 'jobs', CARETAKER_PROTECTION_MINUTES: '30', CARETAKER_PROTECTION_MAX_MINUTES: '120' },
  });
});

test('fails when protection may outlive the three hours that CloudFormation waits', () => {
  const { stack } = protectedService({ protection: { maxProtection: Duration.hours(3) } });
  const error = errorOf(stack);
  expect(idsIn([error])).toEqual(['protectionOutlivesDeployment']);
  expect(error).toContain("[Stack/Protection] 'maxProtection' must be at most 134 minutes, got: 180");
  expect(error).toContain('CloudFormation waits 180 minutes for a ROLLING deployment without a bake time');
  expect(error).toContain('https://docs.aws.amazon.com/');
  expect(error).toContain("Lower 'maxProtection', or give the service a 'bakeTime'");
});
