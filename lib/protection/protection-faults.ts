import type { Duration } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { IConstruct } from 'constructs';
import { type Fault, shown } from '../contract/fault';
import { LEAST_PROTECTION_MINUTES, MOST_PROTECTION_MINUTES } from '../contract/protection';
import type { TaskScaleInProtectionProps } from './task-scale-in-protection-props';

/** A protection that was made before, on the same service or task definition. */
export interface EarlierProtection {
  readonly construct: IConstruct;
  readonly props: TaskScaleInProtectionProps;
}

/** Everything wrong with the props, under the names that the user typed. */
export function protectionFaults(construct: IConstruct, props: TaskScaleInProtectionProps): Fault[] {
  const { maxProtection, defaultProtection } = props;
  const faults = [
    ...serviceFaults(construct, props.service),
    ...minutesFaults('maxProtection', maxProtection),
    ...minutesFaults('defaultProtection', defaultProtection),
    ...minutesFaults('rolloutTime', props.rolloutTime),
    ...secondsFaults('handBackTime', props.handBackTime),
  ];
  if (faults.length > 0 || !maxProtection || !defaultProtection) return faults;
  const [most, asked] = [maxProtection.toMinutes(), defaultProtection.toMinutes()];
  const rule = `must be at most 'maxProtection', here ${most} minutes: lower it, or leave it out`;
  return asked > most ? [{ path: 'defaultProtection', rule, got: shown(asked) }] : [];
}

/** What speaks against a second protection: of the same service always, of the same task definition where the durations differ. */
export function secondProtectionFaults(
  props: TaskScaleInProtectionProps,
  ofService: EarlierProtection | undefined,
  ofTaskDefinition: EarlierProtection | undefined,
): Fault[] {
  if (ofService) {
    const rule = 'must have one TaskScaleInProtection: keep one of them';
    return [{ path: 'service', rule, got: `a second one, beside ${ofService.construct.node.path}` }];
  }
  if (!ofTaskDefinition) return [];
  const { construct, props: earlier } = ofTaskDefinition;
  return (['maxProtection', 'defaultProtection'] as const)
    .filter((prop) => props[prop]?.toMilliseconds() !== earlier[prop]?.toMilliseconds())
    .map((prop) => ({
      path: prop,
      rule:
        `must be that of ${construct.node.path}, ${text(earlier[prop])}, because both services have the same task definition: ` +
        'say the same in both, or give one service a task definition of its own',
      got: text(props[prop]),
    }));
}

function text(duration?: Duration): string {
  if (!duration) return 'none';
  return `${duration.toMinutes({ integral: false })} minutes`;
}

function serviceFaults(construct: IConstruct, service: ecs.BaseService): Fault[] {
  const fault = (rule: string, got: string) => [{ path: 'service', rule, got }];
  const { taskDefinition } = service as Partial<ecs.BaseService>;
  if (!taskDefinition) {
    return fault(
      'must be a service that this app makes, because its task role and its containers are changed: ' +
        'add the protection where the service is made',
      `an imported service, ${service.node.path}`,
    );
  }
  // An imported task definition has no containers to configure.
  if (typeof (taskDefinition as Partial<ecs.TaskDefinition>).addContainer !== 'function') {
    return fault(
      'must have a task definition that this app makes, because its task role and its containers are changed: ' +
        'make the task definition in this app, or add permissions and environment where it is made',
      `an imported task definition, ${taskDefinition.node.path}`,
    );
  }
  if (service.node.root !== construct.node.root) {
    return fault('must be a service of the same app: add the protection to the app of the service', 'a service of another app');
  }
  return [];
}

function minutesFaults(path: string, duration?: Duration): Fault[] {
  const rule = `must be a whole number of minutes from ${LEAST_PROTECTION_MINUTES} to ${MOST_PROTECTION_MINUTES}`;
  return durationFaults(path, rule, duration, (given) => {
    const minutes = given.toMinutes({ integral: false });
    const lawful = Number.isInteger(minutes) && minutes >= LEAST_PROTECTION_MINUTES && minutes <= MOST_PROTECTION_MINUTES;
    return { lawful, got: minutes };
  });
}

function secondsFaults(path: string, duration?: Duration): Fault[] {
  return durationFaults(path, 'must be a whole number of seconds, 1 or more', duration, (given) => {
    const seconds = given.toSeconds({ integral: false });
    return { lawful: Number.isInteger(seconds) && seconds >= 1, got: seconds };
  });
}

function durationFaults(
  path: string,
  rule: string,
  duration: Duration | undefined,
  judge: (given: Duration) => { readonly lawful: boolean; readonly got: number },
): Fault[] {
  if (!duration) return [];
  if (duration.isUnresolved()) {
    return [{ path, rule: 'must be known when the app is synthesized: give a Duration of a plain number', got: 'a token' }];
  }
  const { lawful, got } = judge(duration);
  return lawful ? [] : [{ path, rule, got: shown(got) }];
}
