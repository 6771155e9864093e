import { type Input, optionalText, requiredText, seconds, texts } from '../input';
import { SimulatedError } from '../simulated-error';
import { Neighbor } from './neighbor';
import { type PageOptions, TokenPages } from './token-pages';

export type Platform = 'ECS' | 'Lambda' | 'Server';
export type AppSpecForm = 'JSON' | 'YAML' | 'legacy text' | 'S3';
export type CodeDeployStatus = 'Created' | 'Queued' | 'InProgress' | 'Baking' | 'Ready' | 'Succeeded' | 'Failed' | 'Stopped';

export interface CodeDeployOptions extends PageOptions {
  readonly clock: { now(): number };
}

export interface SeededDeployment {
  readonly application: string;
  readonly group: string;
  readonly taskDefinition: string;
  /** @default 'YAML' */
  readonly appSpec?: AppSpecForm;
  /** @default 'Succeeded' */
  readonly status?: CodeDeployStatus;
}

interface Revision {
  readonly taskDefinition: string;
  readonly appSpec: AppSpecForm;
}

interface Deployment {
  readonly id: string;
  readonly application: string;
  readonly group: string;
  readonly revision: Revision;
  readonly previous?: Revision;
  readonly createdAt: number;
  status: CodeDeployStatus;
}

interface Group {
  readonly name: string;
  readonly cluster: string;
  readonly service: string;
  lastAttempted?: Deployment;
  lastSuccessful?: Deployment;
}

interface Application {
  readonly name: string;
  readonly platform: Platform;
  readonly groups: Map<string, Group>;
}

const FINAL: readonly CodeDeployStatus[] = ['Succeeded', 'Failed', 'Stopped'];
/** Of names and ids in a list. CodeDeploy takes no page size from its caller, and documents none. */
const PAGE = 100;

/** AWS CodeDeploy, as far as its deployments to ECS are read. */
export class CodeDeploy extends Neighbor {
  readonly signingName = 'codedeploy';
  private readonly applications = new Map<string, Application>();
  private readonly deployments = new Map<string, Deployment>();
  private readonly pages: TokenPages;
  private made = 0;

  constructor(private readonly options: CodeDeployOptions) {
    super();
    this.pages = new TokenPages(options, () => new SimulatedError('InvalidNextTokenException', 'The next token is invalid.'));
  }

  protected readonly actions = {
    ListApplications: (input: Input) => {
      const { items, nextToken } = this.pages.page([...this.applications.keys()].sort(), input.nextToken, PAGE);
      return { applications: items, nextToken };
    },
    BatchGetApplications: (input: Input) => {
      const asked = batch(input, 'applicationNames', 100, 'ApplicationNameRequiredException');
      return { applicationsInfo: asked.map((name) => this.application(name)).map(described) };
    },
    ListDeploymentGroups: (input: Input) => {
      const { name, groups } = this.application(requiredText(input, 'applicationName'));
      const { items, nextToken } = this.pages.page([...groups.keys()].sort(), input.nextToken, PAGE);
      return { applicationName: name, deploymentGroups: items, nextToken };
    },
    BatchGetDeploymentGroups: (input: Input) => {
      const application = this.application(requiredText(input, 'applicationName'));
      const asked = batch(input, 'deploymentGroupNames', 100, 'DeploymentGroupNameRequiredException');
      const found = asked.flatMap((name) => application.groups.get(name) ?? []);
      const missing = asked.filter((name) => !application.groups.has(name));
      return {
        deploymentGroupsInfo: found.map((group) => describedGroup(application, group)),
        ...(missing.length > 0 ? { errorMessage: `No deployment group found for name: ${missing.join(', ')}` } : {}),
      };
    },
    ListDeployments: (input: Input) => {
      const statuses = texts(input, 'includeOnlyStatuses');
      const application = optionalText(input, 'applicationName');
      const ids = [...this.deployments.values()]
        .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
        .filter(
          (one) => application === undefined || (one.application === application && one.group === input.deploymentGroupName),
        )
        .map(({ id }) => id);
      const { items, nextToken } = this.pages.page(ids.reverse(), input.nextToken, PAGE);
      return { deployments: items, nextToken };
    },
    BatchGetDeployments: (input: Input) => {
      const asked = batch(input, 'deploymentIds', 25, 'DeploymentIdRequiredException');
      const found = asked.flatMap((id) => this.deployments.get(id) ?? []);
      return { deploymentsInfo: found.map((one) => describedDeployment(one, this.applications.get(one.application))) };
    },
  };

  addApplication(name: string, platform: Platform = 'ECS'): void {
    this.applications.set(name, { name, platform, groups: new Map() });
  }

  /** Adds a group for the ECS service of the same name, in a cluster. */
  addGroup(application: string, name: string, cluster = 'default'): void {
    this.application(application).groups.set(name, { name, cluster, service: name });
  }

  /** Creates a deployment, with the application and the group where they are not there yet, and says its id. */
  deploy({ application, group, taskDefinition, appSpec = 'YAML', status = 'Succeeded' }: SeededDeployment): string {
    if (!this.applications.has(application)) this.addApplication(application);
    if (!this.application(application).groups.has(group)) this.addGroup(application, group);
    this.made += 1;
    const deployment: Deployment = {
      id: `d-${String(this.made).padStart(9, '0')}`,
      application,
      group,
      revision: { taskDefinition, appSpec },
      previous: this.group(application, group).lastSuccessful?.revision,
      createdAt: this.options.clock.now(),
      status,
    };
    this.deployments.set(deployment.id, deployment);
    this.group(application, group).lastAttempted = deployment;
    this.settle(deployment.id, status);
    return deployment.id;
  }

  /** Moves a deployment on. */
  settle(id: string, status: CodeDeployStatus): void {
    const deployment = this.deployments.get(id);
    if (!deployment) throw new Error(`no deployment ${id}`);
    deployment.status = status;
    if (status === 'Succeeded') this.group(deployment.application, deployment.group).lastSuccessful = deployment;
  }

  /** As if a deployment had been so long ago that CodeDeploy forgot it. */
  forgetDeployment(id: string): void {
    this.deployments.delete(id);
  }

  deleteGroup(application: string, group: string): void {
    this.applications.get(application)?.groups.delete(group);
  }

  deleteApplication(name: string): void {
    this.applications.delete(name);
  }

  /** What a deployment under way, a rollback of it, or a deployment of the last revision once more needs ACTIVE; inline AppSpecs only. */
  pinned(): { taskDefinition: string; where: string }[] {
    const needed = [...this.groups()].flatMap(({ where, group: { lastAttempted, lastSuccessful } }) => [
      { where: `${where}: last attempted`, revision: lastAttempted?.revision },
      { where: `${where}: last successful`, revision: lastSuccessful?.revision },
    ]);
    for (const { id, status, revision, previous } of this.deployments.values()) {
      if (FINAL.includes(status)) continue;
      needed.push({ where: `${id}: under way`, revision }, { where: `${id}: rollback`, revision: previous });
    }
    return needed.flatMap(({ where, revision }) =>
      revision && revision.appSpec !== 'S3' ? [{ taskDefinition: revision.taskDefinition, where }] : [],
    );
  }

  private *groups(): Generator<{ where: string; group: Group }> {
    for (const { name, platform, groups } of this.applications.values()) {
      if (platform === 'ECS') for (const group of groups.values()) yield { where: `${name}/${group.name}`, group };
    }
  }

  private application(name: string): Application {
    const application = this.applications.get(name);
    if (!application) throw new SimulatedError('ApplicationDoesNotExistException', `No application found for name: ${name}`);
    return application;
  }

  private group(application: string, name: string): Group {
    const group = this.application(application).groups.get(name);
    if (!group) throw new SimulatedError('DeploymentGroupDoesNotExistException', `No deployment group found for name: ${name}`);
    return group;
  }
}

function batch(input: Input, member: string, most: number, required: string): readonly string[] {
  const asked = texts(input, member);
  if (asked.length === 0) throw new SimulatedError(required, `${member} must not be empty.`);
  if (asked.length > most) throw new SimulatedError('BatchLimitExceededException', `At most ${most} at a time.`);
  return asked;
}

function described({ name, platform }: Application): Input {
  return { applicationId: `id-of-${name}`, applicationName: name, computePlatform: platform, linkedToGitHub: false };
}

function describedGroup({ name: applicationName, platform }: Application, group: Group): Input {
  const last = (deployment: Deployment | undefined) =>
    deployment && { deploymentId: deployment.id, status: deployment.status, createTime: seconds(deployment.createdAt) };
  return {
    applicationName,
    deploymentGroupName: group.name,
    computePlatform: platform,
    ecsServices: [{ clusterName: group.cluster, serviceName: group.service }],
    targetRevision: location(group.lastSuccessful?.revision),
    lastAttemptedDeployment: last(group.lastAttempted),
    lastSuccessfulDeployment: last(group.lastSuccessful),
    autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
  };
}

function describedDeployment(deployment: Deployment, application: Application | undefined): Input {
  return {
    applicationName: deployment.application,
    deploymentGroupName: deployment.group,
    deploymentId: deployment.id,
    status: deployment.status,
    createTime: seconds(deployment.createdAt),
    revision: location(deployment.revision),
    previousRevision: location(deployment.previous),
    computePlatform: application?.platform ?? 'ECS',
  };
}

function location(revision: Revision | undefined): Input | undefined {
  if (!revision) return undefined;
  const { taskDefinition, appSpec } = revision;
  if (appSpec === 'S3') return { revisionType: 'S3', s3Location: { bucket: 'specs', key: 'appspec.yaml', bundleType: 'YAML' } };
  if (appSpec === 'legacy text') return { revisionType: 'String', string: { content: yaml(taskDefinition), sha256: '0' } };
  const content = appSpec === 'JSON' ? json(taskDefinition) : yaml(taskDefinition);
  return { revisionType: 'AppSpecContent', appSpecContent: { content, sha256: '0' } };
}

/** @see https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html */
function json(TaskDefinition: string): string {
  const LoadBalancerInfo = { ContainerName: 'web', ContainerPort: 80 };
  const service = { Type: 'AWS::ECS::Service', Properties: { TaskDefinition, LoadBalancerInfo } };
  // As some tools write it, with every slash escaped.
  return JSON.stringify({ version: 0.0, Resources: [{ TargetService: service }] }).replaceAll('/', '\\/');
}

function yaml(taskDefinition: string): string {
  return `version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: ${taskDefinition}
        LoadBalancerInfo:
          ContainerName: "web"
          ContainerPort: 80
Hooks:
  - BeforeAllowTraffic: "check"
`;
}
