/**
 * What a probe found out about one right.
 *
 * `UNREACHED`: no answer came from the service. `UNCLEAR`: an answer that tells nothing about the right, e.g. a throttle.
 */
export type RightStatus = 'ALLOWED' | 'DENIED' | 'NOT_OFFERED' | 'UNREACHED' | 'UNCLEAR' | 'NOT_ASKED';

export interface ProbeAnswer {
  readonly status: RightStatus;
  /** The service's own code, where it gave one; it comes with an ALLOWED too, if what was asked for is not there. */
  readonly code?: string;
  /** The service's own sentence. */
  readonly reason?: string;
}

/** Asks AWS for rights without touching anything that is there. */
export interface Probing {
  /** The call that tells, for people to read. */
  called(action: string): string;
  ask(action: string): Promise<ProbeAnswer>;
}

/** Who calls, and where. */
export interface Caller {
  readonly account: string;
  /** The ARN of the user or of the session of a role. */
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
}

/** One call that took a token of the task definition modify bucket. */
export interface ModifyCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly action: 'RegisterTaskDefinition' | 'DeregisterTaskDefinition';
  readonly throttled: boolean;
}

export interface ModifyTraffic {
  readonly calls: readonly ModifyCall[];
  /** Since when the calls are complete; later than asked for where there were too many. */
  readonly since: number;
}
