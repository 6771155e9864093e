import type { TimeFacts } from './protection-time';

/** What the template says of a service, as far as it matters to protected tasks. `undefined`: only the deployment will know. */
export interface ServiceFacts extends TimeFacts {
  readonly maximumPercent: number | undefined;
  readonly minimumHealthyPercent: number | undefined;
  /** The least number of tasks that the service runs. */
  readonly desiredCount: number | undefined;
  readonly fargate: boolean;
  /** ECS Anywhere. */
  readonly external: boolean;
  /** The longest of the containers' stop timeouts. */
  readonly stopSeconds: number | undefined;
  /** Capacity that can be reclaimed, by its name. */
  readonly spot: readonly string[];
  readonly hosts: readonly HostFacts[];
  /** Whether the task role took the statement. */
  readonly granted: boolean;
}

/** What is known of the EC2 instances that tasks of a service run on. */
export interface HostFacts {
  readonly name: string;
  readonly terminationProtection: boolean | undefined;
  readonly draining: boolean | undefined;
  /** Whether image and user data bring an agent that serves the endpoint. */
  readonly agent: 'recent' | 'old' | 'unknown';
}

/** What the user of the construct said, or its defaults, in minutes. */
export interface ProtectionSettings {
  readonly maxMinutes: number;
  readonly defaultMinutes: number;
  readonly rolloutMinutes: number;
  readonly handBackSeconds: number;
  readonly drain: boolean;
}

export interface Finding {
  readonly level: 'error' | 'warning' | 'info';
  readonly id: string;
  readonly message: string;
}
