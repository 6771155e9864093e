import { Stack, Token } from 'aws-cdk-lib';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import { constructsOf } from './app-constructs';
import { referredTo, renderedNumber } from './rendered-property';

/** How long the CodeDeploy deployment groups of the app that name this service keep its old tasks; `undefined` where none is found. */
export function terminationWaitOf(service: ecs.BaseService, resource: ecs.CfnService): number | undefined {
  const waits = constructsOf(service)
    .filter((construct) => construct instanceof codedeploy.CfnDeploymentGroup)
    .filter((group) => namesService(group, resource))
    .map((group) =>
      renderedNumber(
        group,
        ['blueGreenDeploymentConfiguration', 'terminateBlueInstancesOnDeploymentSuccess', 'terminationWaitTimeInMinutes'],
        0,
      ),
    );
  if (waits.length === 0 || waits.includes(undefined)) return undefined;
  return Math.max(...waits.map(Number));
}

function namesService(group: codedeploy.CfnDeploymentGroup, resource: ecs.CfnService): boolean {
  const services = Token.isUnresolved(group.ecsServices) ? Stack.of(group).resolve(group.ecsServices) : group.ecsServices;
  if (!Array.isArray(services)) return false;
  return services.some(({ serviceName }) => {
    if (Token.isUnresolved(serviceName)) return referredTo(serviceName) === resource;
    return typeof serviceName === 'string' && serviceName === resource.serviceName;
  });
}
