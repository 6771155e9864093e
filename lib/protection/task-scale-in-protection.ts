import { Annotations } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { refuse } from '../function/refuse';
import { addEnvironment } from './container-environment';
import type { Finding, ProtectionSettings } from './findings';
import { ProtectedTasks } from './protected-tasks';
import { type EarlierProtection, protectionFaults, secondProtectionFaults } from './protection-faults';
import { acknowledgeProtection, allowProtection, grantManageProtection } from './protection-permissions';
import { protectionSettings } from './protection-settings';
import type { TimeFacts } from './protection-time';
import { leastMaximumPercent } from './replacement-room';
import { checkService } from './service-checks';
import { readServiceFacts, readTimeFacts, serviceResource } from './service-facts';
import type { TaskScaleInProtectionProps } from './task-scale-in-protection-props';

interface Protection extends EarlierProtection {
  /** What the deployment leaves, and what follows from it: as the last validation of the app found it. */
  known?: Known;
}

interface Known {
  readonly time: TimeFacts;
  readonly settings: ProtectionSettings;
}

const ofServices = new WeakMap<IConstruct, Protection>();
const ofTaskDefinitions = new WeakMap<IConstruct, Protection>();

/**
 * Lets the tasks of a service protect themselves from scale-in and deployments while they work, and checks when the app is synthesized
 * that no deployment is held up for longer than CloudFormation waits.
 *
 * The task role gets both permissions, and every container the default and the maximum duration.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
 */
export class TaskScaleInProtection extends Construct {
  /**
   * The least `maxHealthyPercent` under which a deployment can start `replacements` tasks beside `desiredCount` protected ones.
   *
   * @param desiredCount how many tasks the service runs at the least, 1 or more
   * @param replacements how many tasks should be able to start, 1 or more; 1 if not given
   * @throws Error when a number is not whole or less than 1
   */
  public static maximumPercentFor(desiredCount: number, replacements = 1): number {
    for (const [name, value] of Object.entries({ desiredCount, replacements })) {
      if (!Number.isInteger(value) || value < 1) throw new Error(`'${name}' must be a whole number, 1 or more, got: ${value}`);
    }
    return leastMaximumPercent(desiredCount, replacements);
  }

  private readonly service: ecs.BaseService;
  private readonly managers: iam.IGrantable[] = [];

  /** @throws Error that tells all faults of the props at once */
  constructor(scope: Construct, id: string, props: TaskScaleInProtectionProps) {
    super(scope, id);
    const { service } = props;
    const { taskDefinition } = service;
    const sharing = taskDefinition && ofTaskDefinitions.get(taskDefinition);
    refuse(this, [...protectionFaults(this, props), ...secondProtectionFaults(props, ofServices.get(service), sharing)]);
    const protection: Protection = { construct: this, props };
    ofServices.set(service, protection);
    if (!sharing) ofTaskDefinitions.set(taskDefinition, protection);

    this.service = service;
    allowProtection(taskDefinition.taskRole, service);
    // Services that share a task definition agree, or the synthesis fails: the first one tells the containers.
    if (!sharing) addEnvironment(taskDefinition, () => (protection.known ?? readAnew(protection)).settings);
    if (props.protectedTasks === ProtectedTasks.DRAIN_AFTER_DEPLOYMENT) {
      // aws-cdk-lib knows the property from 2.273.0 on.
      serviceResource(service).addPropertyOverride('DeploymentConfiguration.EarlySuccessCriteria', {
        Enable: true,
        HealthyPercent: 100,
        SourceServiceRevisionCleanup: 'DEFERRED',
      });
    }
    const validate = () => {
      acknowledgeProtection(taskDefinition.taskRole, service, false);
      for (const { grantPrincipal } of this.managers) acknowledgeProtection(grantPrincipal, service, true);
      return this.report(this.findings(protection, sharing));
    };
    this.node.addValidation({ validate });
  }

  /**
   * Lets a controller find the tasks of the service's cluster, and protect and release them: `ecs:UpdateTaskProtection`,
   * `ecs:GetTaskProtection`, `ecs:ListTasks`, `ecs:DescribeTasks`, `ecs:ListServices` and `ecs:DescribeServices`, in this cluster only.
   */
  public grantManage(grantee: iam.IGrantable): iam.Grant {
    this.managers.push(grantee);
    return grantManageProtection(grantee, this.service);
  }

  private findings(protection: Protection, sharing: Protection | undefined): Finding[] {
    const { time, settings } = readAnew(protection);
    const findings = checkService(readServiceFacts(this.service, time), settings);
    const other = sharing && readAnew(sharing).settings;
    if (!sharing || other?.maxMinutes === settings.maxMinutes) return findings;
    const message =
      `'maxProtection' must be that of ${sharing.construct.node.path}, ${other?.maxMinutes} minutes, got: ${settings.maxMinutes}. ` +
      'Both services have the same task definition, and their deployments leave different times. ' +
      "Say 'maxProtection' in both, or give one service a task definition of its own";
    return [...findings, { level: 'error', id: 'sharedTaskDefinition', message }];
  }

  /** Warns of what may be acknowledged, and returns what may not. */
  private report(findings: readonly Finding[]): string[] {
    const errors: string[] = [];
    for (const { level, id, message } of findings) {
      const name = `cdk-ecs-caretaker:${id}`;
      if (level === 'warning') Annotations.of(this.checks()).addWarningV2(name, message);
      else if (level === 'info') Annotations.of(this.checks()).addInfoV2(name, message);
      else errors.push(`${message} [${name}]`);
    }
    return errors;
  }

  /** Where findings stand: what is found so late can be acknowledged at a construct only if it stands below that construct. */
  private checks(): IConstruct {
    return this.node.tryFindChild('Checks') ?? new Construct(this, 'Checks');
  }
}

/** Once all Aspects have been there: what was found before, or in an earlier synthesis, may have changed. */
function readAnew(protection: Protection): Known {
  const time = readTimeFacts(protection.props.service);
  protection.known = { time, settings: protectionSettings(protection.props, time) };
  return protection.known;
}
