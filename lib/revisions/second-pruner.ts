import { Annotations, Stack, Stage, Token } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';

/** Warns that two pruners in one account and Region would take the whole rate at which ECS lets revisions be registered. */
export function warnOfSecondPruner(pruner: Construct, isPruner: (construct: IConstruct) => boolean): void {
  const { account, region } = Stack.of(pruner);
  const known = !Token.isUnresolved(account) && !Token.isUnresolved(region);
  // Stacks that do not say where they go can meet only within their own stage.
  const scope = known ? pruner.node.root : (Stage.of(pruner) ?? pruner.node.root);
  const other = scope.node
    .findAll()
    .filter((construct) => construct !== pruner && isPruner(construct))
    .find((construct) => Stack.of(construct).account === account && Stack.of(construct).region === region);
  if (!other) return;
  Annotations.of(pruner).addWarningV2(
    'cdk-ecs-caretaker:secondPruner',
    `${other.node.path} prunes the same account and Region; together they slow your deployments down. Use one pruner with 'rules'`,
  );
}
