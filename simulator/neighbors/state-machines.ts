import { type Input, optionalNumber, requiredText, seconds } from '../input';
import { SimulatedError } from '../simulated-error';
import { Neighbor } from './neighbor';
import { type RunTaskForm, runTask } from './run-task-forms';
import { type PageOptions, TokenPages } from './token-pages';

export interface StateMachinesOptions extends PageOptions {
  readonly clock: { now(): number };
  readonly environment: { readonly partition: string; readonly account: string; readonly region: string };
}

/** Whether the caller may decrypt the definition. */
export type Encryption = 'readable' | 'denied' | 'key disabled';

export interface SeededStateMachine {
  readonly name: string;
  /** @default 'STANDARD' */
  readonly type?: 'STANDARD' | 'EXPRESS';
  /** The task definition that it runs, and how its definition says so. */
  readonly runs?: { readonly taskDefinition: string; readonly form?: RunTaskForm };
  /** A definition of the test's own, in place of `runs`. */
  readonly definition?: object;
  /** The task definitions that the own definition pins. */
  readonly pins?: readonly string[];
  /** @default 'readable' */
  readonly encryption?: Encryption;
}

interface Content {
  readonly definition: string;
  readonly pins: readonly string[];
}

interface Version extends Content {
  readonly number: number;
  readonly createdAt: number;
}

interface Machine extends Content {
  readonly arn: string;
  readonly name: string;
  readonly type: string;
  readonly createdAt: number;
  readonly encryption: Encryption;
  readonly versions: readonly Version[];
  /** Numbers of deleted versions are not given again. */
  readonly lastVersion: number;
}

/** AWS Step Functions, as far as its definitions are read. */
export class StateMachines extends Neighbor {
  readonly signingName = 'states';
  private readonly machines = new Map<string, Machine>();
  private readonly pages: TokenPages;

  constructor(private readonly options: StateMachinesOptions) {
    super();
    this.pages = new TokenPages(options, () => new SimulatedError('InvalidToken', 'Invalid Token'));
  }

  protected readonly actions = {
    ListStateMachines: (input: Input) => {
      const { items, nextToken } = this.pages.page([...this.machines.values()], input.nextToken, pageSize(input));
      const stateMachines = items.map(({ arn, name, type, createdAt }) => ({
        stateMachineArn: arn,
        name,
        type,
        creationDate: seconds(createdAt),
      }));
      return { stateMachines, nextToken };
    },
    ListStateMachineVersions: (input: Input) => {
      const machine = this.byArn(requiredText(input, 'stateMachineArn'));
      // The newest first. @see API_ListStateMachineVersions
      const { items, nextToken } = this.pages.page([...machine.versions].reverse(), input.nextToken, pageSize(input));
      const stateMachineVersions = items.map(({ number, createdAt }) => ({
        stateMachineVersionArn: `${machine.arn}:${number}`,
        creationDate: seconds(createdAt),
      }));
      return { stateMachineVersions, nextToken };
    },
    DescribeStateMachine: (input: Input) => this.describe(requiredText(input, 'stateMachineArn'), input.includedData),
  };

  /** Creates a machine, or updates the one of that name; its published versions stay as they are. */
  put(seeded: SeededStateMachine): string {
    const { name, type = 'STANDARD', encryption = 'readable' } = seeded;
    const { partition, region, account } = this.options.environment;
    const known = this.machines.get(name);
    const machine: Machine = {
      ...contentOf(seeded),
      arn: `arn:${partition}:states:${region}:${account}:stateMachine:${name}`,
      name,
      type,
      encryption,
      createdAt: known?.createdAt ?? this.options.clock.now(),
      versions: known?.versions ?? [],
      lastVersion: known?.lastVersion ?? 0,
    };
    this.machines.set(name, machine);
    return machine.arn;
  }

  /** Publishes what the machine's definition is now, and says the number of the version. */
  publish(name: string): number {
    const machine = this.byName(name);
    const { definition, pins } = machine;
    const number = machine.lastVersion + 1;
    const version = { number, definition, pins, createdAt: this.options.clock.now() };
    this.machines.set(name, { ...machine, lastVersion: number, versions: [...machine.versions, version] });
    return number;
  }

  deleteVersion(name: string, number: number): void {
    const machine = this.byName(name);
    this.machines.set(name, { ...machine, versions: machine.versions.filter((version) => version.number !== number) });
  }

  delete(name: string): void {
    this.machines.delete(name);
  }

  /** The task definitions that an execution begun now may run, whatever a scan makes of the definitions. */
  pinned(): { taskDefinition: string; where: string }[] {
    return [...this.machines.values()].flatMap(({ name, pins, versions }) => [
      ...pins.map((taskDefinition) => ({ taskDefinition, where: `state machine ${name}` })),
      ...versions.flatMap((version) =>
        version.pins.map((taskDefinition) => ({ taskDefinition, where: `state machine ${name}:${version.number}` })),
      ),
    ]);
  }

  private describe(arn: string, includedData: unknown): unknown {
    const [, machineArn = arn, version] = /^(.*:stateMachine:[^:]+):(\d+)$/.exec(arn) ?? [];
    const machine = this.byArn(machineArn);
    const content = version ? machine.versions.find(({ number }) => number === Number(version)) : machine;
    if (!content) throw doesNotExist(arn);
    const metadataOnly = includedData === 'METADATA_ONLY';
    if (!metadataOnly) refuseEncrypted(machine);
    return {
      stateMachineArn: arn,
      name: machine.name,
      status: 'ACTIVE',
      definition: metadataOnly ? '{}' : content.definition,
      roleArn: `arn:${this.options.environment.partition}:iam::${this.options.environment.account}:role/${machine.name}`,
      type: machine.type,
      creationDate: seconds(content.createdAt),
    };
  }

  private byName(name: string): Machine {
    const machine = this.machines.get(name);
    if (!machine) throw doesNotExist(name);
    return machine;
  }

  private byArn(arn: string): Machine {
    const machine = [...this.machines.values()].find((one) => one.arn === arn);
    if (!machine) throw doesNotExist(arn);
    return machine;
  }
}

function contentOf({ runs, definition, pins = [] }: SeededStateMachine): Content {
  if (runs) return { definition: JSON.stringify(runTask(runs.taskDefinition, runs.form)), pins: [runs.taskDefinition] };
  return { definition: JSON.stringify(definition ?? { StartAt: 'End', States: { End: { Type: 'Succeed' } } }), pins };
}

function refuseEncrypted({ name, encryption }: Machine): void {
  if (encryption === 'denied') {
    throw new SimulatedError('KmsAccessDeniedException', `The caller is not authorized to kms:Decrypt the key of ${name}.`);
  }
  if (encryption === 'key disabled') throw new SimulatedError('KmsInvalidStateException', 'The key is disabled.');
}

function doesNotExist(arn: string): SimulatedError {
  return new SimulatedError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
}

/** 0 asks for the default. @see API_ListStateMachines */
function pageSize(input: Input): number {
  const asked = optionalNumber(input, 'maxResults') || 100;
  if (asked > 1000) throw new SimulatedError('ValidationException', 'maxResults must be at most 1000');
  return asked;
}
