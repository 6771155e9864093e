import type { Revision } from '../lib/contract/arn';
import type { DestructiveCall } from './call-log';
import type { DefinitionContent, RevisionRecord, RevisionStatus } from './definition-store';
import { type Input, optionalText, requiredText, seconds, type Tag, tagsOf, texts } from './input';
import { holders, referrers } from './references';
import { clientException, invalidParameter } from './simulated-error';
import type { World } from './world';

const HOUR = 3_600_000;
const MOST_CONTAINERS = 10;
const LARGEST_DEFINITION = 64 * 1024;

/** @see API_RegisterTaskDefinition */
export function registerTaskDefinition(world: World, input: Input): unknown {
  const { family, content } = readDefinition(input);
  const tags = tagsOf(input);
  const record = world.definitions.register(family, content, world.now(), world.options.registeredBy, tags);
  return { taskDefinition: describe(world, record), ...(tags ? { tags } : {}) };
}

/** Checks a definition as RegisterTaskDefinition does, and takes a frozen copy. */
export function readDefinition(input: Input): { family: string; content: DefinitionContent } {
  const { family, tags: _, ...content } = input;
  if (typeof family !== 'string' || !/^[A-Za-z0-9_-]{1,255}$/.test(family)) {
    throw clientException('Family contains invalid characters, or is not between 1 and 255 characters long.');
  }
  const nothing = pathOfNull(content);
  // Assumed, the wording too: a null is refused where it stands.
  if (nothing) throw clientException(`Invalid request: '${nothing}' is null.`);
  checkContainers(content.containerDefinitions);
  if (JSON.stringify(content).length > LARGEST_DEFINITION) throw clientException('Task definition size exceeded 64 KiB.');
  return { family, content: frozen(structuredClone(content)) };
}

function checkContainers(containers: unknown): void {
  if (!Array.isArray(containers) || containers.length === 0) throw clientException('Container list cannot be empty.');
  if (containers.length > MOST_CONTAINERS) throw clientException(`Too many containers. The maximum is ${MOST_CONTAINERS}.`);
  for (const container of containers as Input[]) {
    if (typeof container.name !== 'string') throw clientException('Container.name should not be null or empty.');
    if (typeof container.image !== 'string') throw clientException('Container.image should not be null or empty.');
  }
}

function pathOfNull(value: unknown, path = ''): string | undefined {
  if (value === null) return path;
  if (typeof value !== 'object') return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = pathOfNull(inner, path ? `${path}.${key}` : key);
    if (found) return found;
  }
  return undefined;
}

// One object serves every revision and every answer, so nobody may change it.
function frozen<T>(value: T): Readonly<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

/**
 * Takes effect at once, whoever uses the revision: AWS checks no reference. Of an INACTIVE one it succeeds again (assumed).
 *
 * @see API_DeregisterTaskDefinition
 */
export function deregisterTaskDefinition(world: World, input: Input): unknown {
  const identifier = requiredText(input, 'taskDefinition');
  const revision = world.definitions.parse(identifier);
  if (!revision)
    throw clientException(isBareFamily(identifier) ? 'Revision is missing.' : 'Invalid task definition identifier.');
  const record = world.definitions.find(revision);
  if (!record) throw clientException('The specified task definition does not exist.');
  recordAct(world, 'DeregisterTaskDefinition', record);
  if (record.status === 'ACTIVE') deregister(world, record);
  return { taskDefinition: describe(world, record) };
}

export function deregister(world: World, record: RevisionRecord): void {
  world.definitions.setStatus(record, 'INACTIVE');
  record.deregisteredAt = world.now();
  record.acceptedUntil = world.now() + world.options.deregistrationLagMinutes() * 60_000;
}

/** Up to ten at a time; what can not be deleted comes back under `failures`. @see API_DeleteTaskDefinitions */
export function deleteTaskDefinitions(world: World, input: Input): unknown {
  const identifiers = texts(input, 'taskDefinitions');
  if (identifiers.length === 0) throw invalidParameter('size of TaskDefinition references list must be greater than 0');
  if (identifiers.length > 10) throw invalidParameter('Size of TaskDefinition references list cannot exceed 10');
  const deleted: unknown[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const identifier of identifiers) {
    const revision = world.definitions.parse(identifier);
    const record = revision && world.definitions.find(revision);
    const reason = reasonAgainstDeletion(revision, record);
    if (record && !reason) deleted.push(deleteOne(world, record));
    else failures.push({ arn: revision ? arnOf(world, revision) : identifier, reason: reason ?? '' });
  }
  return { taskDefinitions: deleted, failures };
}

// Texts as moto has them; AWS documents none.
function reasonAgainstDeletion(revision: Revision | undefined, record: RevisionRecord | undefined): string | undefined {
  if (!revision) return 'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.';
  if (!record) return 'The specified task definition does not exist. Specify a valid account, family, revision and try again.';
  if (record.status !== 'ACTIVE') return undefined;
  return 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.';
}

function deleteOne(world: World, record: RevisionRecord): unknown {
  recordAct(world, 'DeleteTaskDefinitions', record);
  if (record.status === 'INACTIVE') {
    world.definitions.setStatus(record, 'DELETE_IN_PROGRESS');
    record.deleteRequestedAt = world.now();
    world.after(world.random.below(HOUR), () => purge(world, record));
  }
  return describe(world, record);
}

/** ECS looks from time to time whether anything still uses it, and within the hour after that it is gone. @see task-definition-state.html */
function purge(world: World, record: RevisionRecord): void {
  if (holders(world, record).length === 0) world.definitions.remove(record);
  else world.after(HOUR, () => purge(world, record));
}

/** @see API_DescribeTaskDefinition */
export function describeTaskDefinition(world: World, input: Input): unknown {
  const record = world.definitions.resolve(requiredText(input, 'taskDefinition'));
  if (!record) throw clientException('Unable to describe task definition.');
  const withTags = texts(input, 'include').includes('TAGS');
  return { taskDefinition: describe(world, record), ...(withTags ? { tags: record.tags ?? [] } : {}) };
}

/** `familyPrefix` is the whole name of one family here, not a prefix. @see API_ListTaskDefinitions */
export function listTaskDefinitions(world: World, input: Input): unknown {
  const status = oneOf(input, 'status', ['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS'] as const) ?? 'ACTIVE';
  const descending = oneOf(input, 'sort', ['ASC', 'DESC'] as const) === 'DESC';
  const family = optionalText(input, 'familyPrefix');
  const { items, nextToken } = world.options.pager.page<RevisionRecord>(input, {
    defaultSize: 100,
    from: (start) => world.definitions.revisions(status, descending, family, start),
    keyOf: (record) => `${record.family}:${record.revision}`,
  });
  return { taskDefinitionArns: items.map((record) => world.definitionArn(record)), nextToken };
}

/** `familyPrefix` is a true prefix here, and INACTIVE families are listed unless asked otherwise. @see API_ListTaskDefinitionFamilies */
export function listTaskDefinitionFamilies(world: World, input: Input): unknown {
  const status = oneOf(input, 'status', ['ACTIVE', 'INACTIVE', 'ALL'] as const) ?? 'ALL';
  const prefix = optionalText(input, 'familyPrefix') ?? '';
  const { items, nextToken } = world.options.pager.page<string>(input, {
    defaultSize: 100,
    from: (start) => world.definitions.familyNames(prefix, status, start),
    keyOf: (name) => name,
  });
  return { families: items, nextToken };
}

function oneOf<T extends string>(input: Input, member: string, choices: readonly T[]): T | undefined {
  const value = optionalText(input, member);
  if (value === undefined) return undefined;
  const choice = choices.find((item) => item === value);
  if (!choice) throw invalidParameter(`Invalid ${member}: ${value}.`);
  return choice;
}

function describe(world: World, record: RevisionRecord): Input {
  return {
    taskDefinitionArn: world.definitionArn(record),
    volumes: [],
    placementConstraints: [],
    compatibilities: record.content.requiresCompatibilities ?? ['EC2'],
    ...record.content,
    family: record.family,
    revision: record.revision,
    status: record.status satisfies RevisionStatus,
    registeredAt: seconds(record.registeredAt),
    registeredBy: record.registeredBy,
    ...(record.deregisteredAt === undefined ? {} : { deregisteredAt: seconds(record.deregisteredAt) }),
    ...(record.deleteRequestedAt === undefined ? {} : { deleteRequestedAt: seconds(record.deleteRequestedAt) }),
  };
}

function recordAct(world: World, action: DestructiveCall['action'], record: RevisionRecord): void {
  world.options.log.record({
    at: world.now(),
    action,
    family: record.family,
    revision: record.revision,
    statusBefore: record.status,
    referencedBy: referrers(world, record),
    newestActive: world.definitions.newestActive(record.family) === record,
    newerActive: world.definitions.countNewerActive(record),
    ageMinutes: (world.now() - record.registeredAt) / 60_000,
    tags: (record.tags ?? []).map(({ key }: Tag) => key),
  });
}

function isBareFamily(identifier: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(identifier);
}

function arnOf(world: World, { family, revision }: Revision): string {
  return world.arn(`task-definition/${family}:${revision}`);
}
