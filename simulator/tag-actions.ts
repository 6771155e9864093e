import { type Input, requiredText, type Tag, tagsOf, texts } from './input';
import { invalidParameter } from './simulated-error';
import type { World } from './world';

interface Tagged {
  tags: readonly Tag[] | undefined;
}

/** @see API_TagResource */
export function tagResource(world: World, input: Input): unknown {
  const resource = find(world, requiredText(input, 'resourceArn'));
  const added = tagsOf(input) ?? [];
  const kept = (resource.tags ?? []).filter(({ key }) => !added.some((tag) => tag.key === key));
  if (kept.length + added.length > 50) throw invalidParameter('Too many tags specified. The maximum is 50.');
  resource.tags = [...kept, ...added];
  return {};
}

/** @see API_UntagResource */
export function untagResource(world: World, input: Input): unknown {
  const resource = find(world, requiredText(input, 'resourceArn'));
  const removed = texts(input, 'tagKeys');
  resource.tags = (resource.tags ?? []).filter(({ key }) => !removed.includes(key));
  return {};
}

/** @see API_ListTagsForResource */
export function listTagsForResource(world: World, input: Input): unknown {
  return { tags: find(world, requiredText(input, 'resourceArn')).tags ?? [] };
}

function find(world: World, arn: string): Tagged {
  const revision = world.definitions.parse(arn);
  const definition = revision && arn.startsWith('arn:') ? world.definitions.find(revision) : undefined;
  const found = definition ?? findInClusters(world, arn);
  if (!found) throw invalidParameter('The specified resource was not found.');
  return found;
}

function findInClusters(world: World, arn: string): Tagged | undefined {
  for (const cluster of world.clusters.values()) {
    const found = cluster.tasks.get(arn) ?? [...cluster.services.values()].find((service) => service.arn === arn);
    if (found) return found;
  }
  return undefined;
}
