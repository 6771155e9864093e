import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A finding of cdk-nag's AwsSolutions pack that stands, and why. */
export interface KnownFinding {
  readonly id: string;
  readonly reason: string;
}

/**
 * Acknowledges findings where aws-cdk-lib can (2.253.1 and later); cdk-nag 3 reads them there. They are written as
 * `Validations.acknowledge` writes them: that method itself refuses ids that name a pseudo parameter, for their second `::`.
 */
export function acknowledge(construct: IConstruct, ...findings: KnownFinding[]): void {
  const { Validations } = cdk as Partial<typeof cdk>;
  if (!Validations) return;
  const reasons = Object.fromEntries(findings.map(({ id, reason }) => [id, reason]));
  construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, reasons);
}

/** The id of the finding that a policy names this resource with a `*`, spelt as cdk-nag spells references. */
export function wildcardFinding(construct: IConstruct, resource: string): string {
  return `AwsSolutions-IAM5[Resource::${spelt(cdk.Stack.of(construct).resolve(resource))}]`;
}

function spelt(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument] = ['', '']] = Object.entries(value as Record<string, unknown>);
  switch (intrinsic) {
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(spelt).join(separator);
    }
    case 'Fn::GetAtt':
      return `<${(argument as string[]).join('.')}>`;
    case 'Ref':
      return `<${argument}>`;
    case 'Fn::ImportValue':
      return spelt(argument);
    default:
      return JSON.stringify(value);
  }
}
