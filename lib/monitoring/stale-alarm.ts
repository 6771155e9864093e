import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type Fault, shown } from '../contract/fault';
import { pruneMetric } from './prune-metric';

const MOST_HOURS = 7 * 24;

/**
 * What keeps `staleAfter` from becoming an alarm.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (a week is the longest span)
 */
export function staleAfterFaults(staleAfter: Duration): Fault[] {
  if (staleAfter.isUnresolved()) {
    return [{ path: 'staleAfter', rule: 'must be known when the app is synthesized', got: 'a token' }];
  }
  const hours = staleAfter.toHours({ integral: false });
  return Number.isInteger(hours) && hours >= 1 && hours <= MOST_HOURS
    ? []
    : [{ path: 'staleAfter', rule: `must be a whole number of hours from 1 to ${MOST_HOURS}`, got: shown(hours) }];
}

/** An alarm that nothing has ended well for so long. Silence counts as failure: a function that never starts says nothing. */
export function staleAlarm(scope: Construct, id: string, pruner: string, staleAfter: Duration): cloudwatch.Alarm {
  const hours = staleAfter.toHours();
  return new cloudwatch.Alarm(scope, id, {
    alarmDescription: `No run of ${pruner} has succeeded for ${hours} h: its task definition revisions pile up again`,
    metric: pruneMetric(scope, pruner, 'runsSucceeded', { period: Duration.hours(1) }),
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    evaluationPeriods: hours,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
  });
}
