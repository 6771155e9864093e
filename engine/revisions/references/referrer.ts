import type { IncompleteScan } from '../../incomplete-scan';

export type Json = Readonly<Record<string, unknown>>;

/** The reads of one AWS service, by the name of the action. Each is complete, or it throws `IncompleteScan`. */
export interface ServiceReads {
  /** Every item of every page. */
  list(action: string, input?: Json): Promise<readonly Json[]>;
  /** One answer; `undefined` where the service says that there is no such thing (any more). */
  get(action: string, input: Json): Promise<Json | undefined>;
}

/** Takes what a scan finds. */
export interface Pins {
  /**
   * A text that names a task definition: an ARN, `family:revision`, or a family alone, which always means its newest ACTIVE revision and
   * so pins nothing. One that cannot be read keeps every family whose name it holds.
   */
  pin(taskDefinition: string, where: string): void;
  /** Every text anywhere in a value that is the ARN of a revision, and every `family:revision` in a field of that name: fields known or new. */
  mentions(value: unknown, where: string): void;
  /** A task definition that is known when it runs only: it may be any revision of the families that the text names. */
  unresolved(expression: string, where: string): void;
  /**
   * One thing that is there and may not be read, while others may.
   *
   * @throws the refusal, unless the settings tolerate it
   */
  denied(where: string, refusal: IncompleteScan): void;
}

/** One kind of referrer. */
export interface ReferrerScan {
  /** Reads all of them, and says how many there are. */
  scan(reads: ServiceReads, pins: Pins): Promise<number>;
}
