export interface MetricSpec {
  readonly name: string;
  readonly unit: 'Count' | 'Seconds';
  readonly statistic: 'Sum' | 'Maximum';
  /** What the number means, in one line for people. */
  readonly meaning: string;
}

export const METRIC_NAMESPACE = 'CdkEcsCaretaker';

/** The further dimension of what was passed over: why. */
export const REASON_DIMENSION = 'Reason';
