import type { IConstruct } from 'constructs';

const known = new WeakMap<IConstruct, readonly IConstruct[]>();

/** All constructs of the app, found once for all services of a synthesis. */
export function constructsOf(construct: IConstruct): readonly IConstruct[] {
  const { root } = construct.node;
  const constructs = known.get(root) ?? root.node.findAll();
  known.set(root, constructs);
  return constructs;
}

/** Says that the app may have grown: before a synthesis. */
export function forgetConstructsOf(construct: IConstruct): void {
  known.delete(construct.node.root);
}
