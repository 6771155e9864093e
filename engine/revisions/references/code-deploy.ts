import { chunks, optionalList, optionalText, text } from '../../aws/answer';
import { IncompleteScan } from '../../incomplete-scan';
import { taskDefinitionTexts } from './appspec';
import type { Json, Pins, ReferrerScan, ServiceReads } from './referrer';

/** The most that one call describes. @see API_BatchGetApplications, API_BatchGetDeploymentGroups, API_BatchGetDeployments */
const MOST = { applications: 100, groups: 100, deployments: 25 };
/** The other platforms; an application that does not say its own is looked at. */
const NOT_ECS: readonly unknown[] = ['Lambda', 'Server'];
const UNDER_WAY = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'];

const DEPLOYMENTS_OF_GROUP = {
  lastAttemptedDeployment: 'last attempted deployment',
  lastSuccessfulDeployment: 'last successful deployment',
} as const;

/** ECS applications: what their groups deploy, and what a rollback would deploy again. A rollback registers nothing. */
export const codeDeploy: ReferrerScan = {
  async scan(reads, pins) {
    const found = new Found(pins);
    let count = 0;
    for (const application of await ecsApplications(reads, pins)) {
      for (const [name, group] of await groups(reads, application)) {
        count += 1;
        found.group(group, `CodeDeploy application ${application}, deployment group ${name}`);
      }
    }
    // After the groups, so that what has begun meanwhile is seen here.
    const running = await deploymentsUnderWay(reads);
    const others = [...found.deployments.keys()].filter((id) => !running.has(id));
    for (const [id, deployment] of [...running, ...(await deploymentsOfGroups(reads, others))])
      found.deployment(id, deployment);
    return count;
  },
};

function deploymentsUnderWay(reads: ServiceReads): Promise<Map<string, Json>> {
  return everyOne(
    async () => names(await reads.list('ListDeployments', { includeOnlyStatuses: UNDER_WAY }), 'ListDeployments'),
    MOST.deployments,
    DESCRIBE_DEPLOYMENTS,
    (deploymentIds) => deployments(reads, deploymentIds),
  );
}

/** Each with its description, or without: CodeDeploy may have forgotten what a group still names. It is asked for that twice. */
async function deploymentsOfGroups(reads: ServiceReads, wanted: readonly string[]): Promise<Map<string, Json | undefined>> {
  const found = new Map<string, Json | undefined>(wanted.map((id) => [id, undefined]));
  for (let time = 1; time <= 2; time += 1) {
    const open = wanted.filter((id) => !found.get(id));
    for (const some of chunks(open, MOST.deployments)) {
      const described = await deployments(reads, some);
      for (const id of some) found.set(id, described.get(id));
    }
  }
  return found;
}

const DESCRIBE_DEPLOYMENTS = 'BatchGetDeployments';

function deployments(reads: ServiceReads, deploymentIds: readonly string[]): Promise<Map<string, Json>> {
  return describe(reads, DESCRIBE_DEPLOYMENTS, { deploymentIds }, 'deploymentsInfo', 'deploymentId');
}

async function ecsApplications(reads: ServiceReads, pins: Pins): Promise<string[]> {
  const action = 'BatchGetApplications';
  const applications = await everyOne(
    async () => names(await reads.list('ListApplications'), 'ListApplications'),
    MOST.applications,
    action,
    (applicationNames) => describe(reads, action, { applicationNames }, 'applicationsInfo', 'applicationName'),
  );
  const ofEcs = [...applications].filter(([, { computePlatform }]) => !NOT_ECS.includes(computePlatform));
  for (const [name, application] of ofEcs) pins.mentions(application, `CodeDeploy application ${name}`);
  return ofEcs.map(([name]) => name);
}

function groups(reads: ServiceReads, applicationName: string): Promise<Map<string, Json>> {
  const [list, action] = ['ListDeploymentGroups', 'BatchGetDeploymentGroups'];
  return everyOne(
    async () => names(await reads.list(list, { applicationName }), list),
    MOST.groups,
    action,
    (deploymentGroupNames) => {
      const input = { applicationName, deploymentGroupNames };
      return describe(reads, action, input, 'deploymentGroupsInfo', 'deploymentGroupName');
    },
  );
}

const names = (items: readonly Json[], action: string) => items.map(({ name }) => text(name, action));

/** One batch, by name; without those that the answer leaves out, and empty where one of them has vanished. */
async function describe(
  reads: ServiceReads,
  action: string,
  input: Json,
  list: string,
  key: string,
): Promise<Map<string, Json>> {
  const answer = await reads.get(action, input);
  if (answer && !Array.isArray(answer[list])) throw new IncompleteScan(action, `the answer has no list '${list}'`);
  return new Map(optionalList(answer?.[list], action).map((item) => [text(item[key], action), item]));
}

/**
 * Describes everything that is listed. CodeDeploy leaves out of a batch, or refuses a batch for, what has vanished since:
 * that is no longer listed either. What is, and is not described the second time, is missing.
 */
async function everyOne(
  list: () => Promise<string[]>,
  most: number,
  action: string,
  describeSome: (some: string[]) => Promise<Map<string, Json>>,
): Promise<Map<string, Json>> {
  const found = new Map<string, Json>();
  const add = async (wanted: readonly string[]) => {
    for (const some of chunks(wanted, most)) {
      const described = await describeSome(some);
      for (const name of some) {
        const item = described.get(name);
        if (item) found.set(name, item);
      }
    }
    return wanted.filter((name) => !found.has(name));
  };
  const leftOut = new Set(await add(await list()));
  if (leftOut.size === 0) return found;
  const [missing] = await add((await list()).filter((name) => leftOut.has(name)));
  if (missing !== undefined) throw new IncompleteScan(action, `'${missing}' is listed, and no answer describes it`);
  return found;
}

/** A deployment group, and what of it. */
interface Place {
  readonly group: string;
  readonly what: string;
}

/** Gathers where each deployment was found, and tells what each revision of an application pins. */
class Found {
  /** The places that name a deployment, by its id. */
  readonly deployments = new Map<string, Place[]>();
  private readonly unread = new Set<string>();

  constructor(private readonly pins: Pins) {}

  group(described: Json, group: string): void {
    this.pins.mentions(described, group);
    this.revision(described.targetRevision, { group, what: 'target revision' });
    for (const [field, what] of Object.entries(DEPLOYMENTS_OF_GROUP)) {
      const last = (described[field] ?? {}) as Json;
      if (Object.keys(last).length === 0) continue;
      const id = text(last.deploymentId, 'BatchGetDeploymentGroups');
      this.deployments.set(id, [...(this.deployments.get(id) ?? []), { group, what }]);
    }
  }

  deployment(id: string, deployment: Json | undefined): void {
    const places = this.deployments.get(id);
    // One that was under way, and is gone, needs nothing more; one that its group still names may be deployed again.
    if (!deployment) for (const place of places ?? []) this.notRead(place, `CodeDeploy does not describe its ${place.what}`);
    if (!deployment || NOT_ECS.includes(deployment.computePlatform)) return;
    for (const { group, what } of places ?? [{ group: groupOf(deployment), what: 'deployment under way' }]) {
      this.pins.mentions(deployment, `${group}, ${what}`);
      if (!deployment.revision) this.notRead({ group, what }, `no revision is told of its ${what}`);
      this.revision(deployment.revision, { group, what });
      this.revision(deployment.previousRevision, { group, what: `revision before its ${what}` });
    }
  }

  /** What is deployed: an AppSpec, inline or in S3. */
  private revision(revision: unknown, place: Place): void {
    if (revision === undefined || revision === null) return;
    const { appSpecContent, string } = revision as Json;
    const content = [appSpecContent, string].map((spec) => optionalText((spec as Json | undefined)?.content)).find(Boolean);
    const texts = content === undefined ? [] : taskDefinitionTexts(content);
    for (const taskDefinition of texts) this.pins.pin(taskDefinition, `${place.group}, ${place.what}`);
    if (texts.length > 0) return;
    // To read the user's buckets is not ours to ask for. The task sets of its services, which ECS tells, are kept all the same.
    const why = content === undefined ? 'that CodeDeploy does not keep itself' : 'in which no task definition is found';
    this.notRead(place, `an AppSpec ${why}`);
  }

  /** Once a group, so that the plan can say that this was not examined. */
  private notRead({ group }: Place, why: string): void {
    const where = `${group}: ${why}`;
    if (!this.unread.has(where)) this.pins.unresolved('', where);
    this.unread.add(where);
  }
}

function groupOf({ applicationName, deploymentGroupName }: Json): string {
  const [application = 'unnamed', group = 'unnamed'] = [applicationName, deploymentGroupName].map(optionalText);
  return `CodeDeploy application ${application}, deployment group ${group}`;
}
