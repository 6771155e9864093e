import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const known = new WeakMap<IConstruct, readonly IConstruct[]>();
const renewed = new WeakSet<IConstruct>();

/** All constructs of the app, found once for all services of a synthesis. */
export function constructsOf(construct: IConstruct): readonly IConstruct[] {
  // A stage is synthesized by itself, and validated before everything in it: the app may have grown since it was the last time.
  const stage = Stage.of(construct) ?? construct.node.root;
  if (!renewed.has(stage)) {
    renewed.add(stage);
    stage.node.addValidation({ validate: () => forget(stage) });
  }
  const constructs = known.get(stage) ?? construct.node.root.node.findAll();
  known.set(stage, constructs);
  return constructs;
}

function forget(stage: IConstruct): string[] {
  known.delete(stage);
  return [];
}
