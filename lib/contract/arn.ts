/** Where a run happens: the CDK's word for one account and Region, with its partition. */
export interface Environment {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** One numbered version of a task definition family. */
export interface Revision {
  readonly family: string;
  readonly revision: number;
}

export interface TaskDefinitionArn extends Environment, Revision {}

// Linear patterns only: these meet text from outside.
const ARN = /^arn:([a-z0-9-]+):ecs:([a-z0-9-]+):(\d{12}):task-definition\/([A-Za-z0-9_-]{1,255}):([1-9]\d{0,9})$/;
const FAMILY_AND_REVISION = /^([A-Za-z0-9_-]{1,255}):([1-9]\d{0,9})$/;
const LARGEST_REVISION = 2_147_483_647;

/** Reads the whole text as the ARN of one revision; anything else is `undefined`, never a guess. */
export function parseTaskDefinitionArn(text: string): TaskDefinitionArn | undefined {
  const match = ARN.exec(text) as [string, string, string, string, string, string] | null;
  if (!match) return undefined;
  const [, partition, region, account, family, digits] = match;
  const revision = Number(digits);
  return revision <= LARGEST_REVISION ? { partition, region, account, family, revision } : undefined;
}

export function formatTaskDefinitionArn(environment: Environment, { family, revision }: Revision): string {
  const { partition, region, account } = environment;
  return `arn:${partition}:ecs:${region}:${account}:task-definition/${family}:${revision}`;
}

/** Reads `family:revision` or the ARN of a revision. */
export function parseRevision(text: string): Revision | undefined {
  const arn = parseTaskDefinitionArn(text);
  if (arn) return { family: arn.family, revision: arn.revision };
  const match = FAMILY_AND_REVISION.exec(text) as [string, string, string] | null;
  if (!match) return undefined;
  const [, family, digits] = match;
  const revision = Number(digits);
  return revision <= LARGEST_REVISION ? { family, revision } : undefined;
}

/** The short name ECS itself uses: `family:revision`. */
export function revisionName({ family, revision }: Revision): string {
  return `${family}:${revision}`;
}
