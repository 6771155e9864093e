import { ALL_REFERRERS, REFERRERS, type Referrer, type ReferrerFacts } from '../../lib/contract/referrers';

/** What a function in a VPC without a way to the internet has to reach. */
export interface Endpoint {
  /** The last part of the endpoint service's name, e.g. `ecs` in `com.amazonaws.eu-west-1.ecs`. */
  readonly service: string;
  readonly type: 'Interface' | 'Gateway';
  readonly purpose: string;
}

export interface ConstructEndpoints {
  readonly construct: string;
  readonly endpoints: readonly Endpoint[];
  readonly note?: string;
}

const reach = (service: string, purpose: string): Endpoint => ({ service, type: 'Interface', purpose });

/**
 * VPC endpoints for each construct. Logs, metrics, credentials and failed events do not go through the VPC of a function.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
export function endpointsOf(without: readonly Referrer[] = []): ConstructEndpoints[] {
  const kinds = referrerEndpoints(without);
  const ecs = reach('ecs', 'revisions and what refers to them');
  const known = new Set(kinds.map(({ service }) => service));
  const runsEnd = reach('events', 'the event of each run');
  return [
    {
      construct: 'RevisionPruner',
      endpoints: [
        ecs,
        { service: 's3', type: 'Gateway', purpose: 'the ledger' },
        ...(known.has('events') ? [] : [runsEnd]),
        ...kinds.map((kind) =>
          kind.service === 'events' ? { ...kind, purpose: `${runsEnd.purpose}; ${kind.purpose}` } : kind,
        ),
      ],
    },
    {
      construct: 'StackRevisionPruner',
      endpoints: [
        ecs,
        { service: 's3', type: 'Gateway', purpose: 'the answer to CloudFormation, without which a deployment waits' },
        reach('cloudformation', 'what the stack is doing, and which stack owns a revision'),
        ...kinds.filter(({ service }) => service !== 'cloudformation'),
      ],
      note: "A policy on the S3 endpoint must let through CloudFormation's own buckets, cloudformation-custom-resource-response-*.",
    },
    {
      construct: 'TaskScaleInProtection',
      endpoints: [],
      note: 'None: containers ask the ECS agent beside them.',
    },
  ];
}

/** A kind's actions begin with the name that its endpoint ends with. */
function referrerEndpoints(without: readonly Referrer[]): Endpoint[] {
  return ALL_REFERRERS.filter((kind) => !without.includes(kind)).flatMap((kind) => {
    const { name, actions }: ReferrerFacts = REFERRERS[kind];
    const services = new Set(Object.keys(actions).map((action) => action.slice(0, action.indexOf(':'))));
    return [...services].filter((service) => service !== 's3').map((service) => reach(service, name));
  });
}

export function endpointName(region: string, { service }: Pick<Endpoint, 'service'>): string {
  return `com.amazonaws.${region}.${service}`;
}
