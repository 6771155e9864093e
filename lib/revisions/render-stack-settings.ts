import { CfnResource, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { type Fault, shown } from '../contract/fault';
import { LARGEST_SETTINGS_BYTES } from '../contract/limits';
import { referrerSettings } from '../contract/referrers';
import {
  STACK_SETTINGS_VERSION,
  type StackPruneSettings,
  type StackRemovalPolicy,
  stackPruneSettingsFaults,
} from '../contract/stack-prune-settings';
import type { StackRevisionPrunerProps } from './stack-revision-pruner-props';

/** The settings document of these props. The defaults are stated here and nowhere else. */
export function renderStackSettings(props: StackRevisionPrunerProps): StackPruneSettings {
  return {
    version: STACK_SETTINGS_VERSION,
    families: [...new Set(props.taskDefinitions.map(({ family }) => family))],
    keepLatest: props.keepLatest ?? 3,
    minAgeMinutes: minutes(props.minAge ?? Duration.hours(1)),
    keepSuccessfulDeployments: props.keepSuccessfulDeployments ?? 3,
    actionsPerSecond: props.actionsPerSecond ?? 0.5,
    keepTag: props.keepTag ?? 'cdk-ecs-caretaker:keep',
    removalPolicy: stackRemovalPolicy(props) ?? 'RETAIN',
    ...referrerSettings(props),
  };
}

// A Duration token cannot be counted; its own fault is told, and any lawful number stands in for it.
function minutes(duration: Duration): number {
  return duration.isUnresolved() ? 60 : duration.toMinutes({ integral: false });
}

function stackRemovalPolicy({
  removalPolicy = RemovalPolicy.RETAIN,
}: StackRevisionPrunerProps): StackRemovalPolicy | undefined {
  if (removalPolicy === RemovalPolicy.RETAIN) return 'RETAIN';
  return removalPolicy === RemovalPolicy.DESTROY ? 'DESTROY' : undefined;
}

/** Everything wrong with the props, under the names that the user typed. */
export function stackRenderFaults(scope: Construct, props: StackRevisionPrunerProps): Fault[] {
  const { taskDefinitions, minAge } = props;
  const faults: Fault[] = [];
  if (!Array.isArray(taskDefinitions) || taskDefinitions.length === 0) {
    faults.push({ path: 'taskDefinitions', rule: 'must be a list of at least one task definition of this stack', got: 'none' });
  } else {
    faults.push(...taskDefinitions.flatMap((definition, index) => definitionFaults(scope, definition, index, taskDefinitions)));
  }
  if (minAge?.isUnresolved()) {
    faults.push({ path: 'minAge', rule: 'must be known when the app is synthesized', got: 'a token' });
  }
  if (stackRemovalPolicy(props) === undefined) {
    faults.push({
      path: 'removalPolicy',
      rule: 'must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY',
      got: shown(props.removalPolicy),
    });
  }
  if (faults.some(({ path }) => path.startsWith('taskDefinitions'))) return faults;
  const settings = renderStackSettings(props);
  for (const fault of stackPruneSettingsFaults(settings, Token.isUnresolved)) {
    const path = fault.path === 'families' ? 'taskDefinitions' : fault.path.replace(/Minutes$/, '');
    if (faults.some((earlier) => earlier.path === path)) continue;
    faults.push({ ...fault, path, rule: fault.path.endsWith('Minutes') ? `${fault.rule} minutes` : fault.rule });
  }
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  if (bytes > LARGEST_SETTINGS_BYTES) {
    const rule = `must fit with the other settings into ${LARGEST_SETTINGS_BYTES} bytes: use a pruner for each group of them`;
    faults.push({ path: 'taskDefinitions', rule, got: `${bytes} bytes` });
  }
  return faults;
}

function definitionFaults(
  scope: Construct,
  definition: ecs.TaskDefinition,
  index: number,
  all: readonly ecs.TaskDefinition[],
): Fault[] {
  const path = `taskDefinitions[${index}]`;
  const fault = (rule: string, got: string): Fault[] => [{ path, rule, got }];
  const where = definition?.node?.path ?? shown(definition);
  if (!rendered(definition)) {
    return fault('must be made in this stack: what was imported is pruned by a RevisionPruner, with its family', where);
  }
  if (Stack.of(definition) !== Stack.of(scope)) {
    return fault('must belong to the stack of the pruner: put a pruner into its own stack', where);
  }
  if (all.indexOf(definition) < index) return fault('must be named once', where);
  const other = pruners.get(definition);
  const rule = 'must have one pruner: two would each do by settings of their own';
  return other ? fault(rule, `${where}, which ${other.node.path} prunes already`) : [];
}

const pruners = new WeakMap<ecs.TaskDefinition, Construct>();

/** Remembers which pruner a task definition has. */
export function claimTaskDefinitions(pruner: Construct, taskDefinitions: readonly ecs.TaskDefinition[]): void {
  for (const definition of taskDefinitions) pruners.set(definition, pruner);
}

/** The resource of a task definition; an imported one has none. */
export function rendered(definition: ecs.TaskDefinition): CfnResource | undefined {
  const child = definition?.node?.defaultChild;
  if (!child || !CfnResource.isCfnResource(child)) return undefined;
  return child.cfnResourceType === 'AWS::ECS::TaskDefinition' ? child : undefined;
}
