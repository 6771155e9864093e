import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudFormationStacks } from '../../engine/aws/cloudformation';
import { Neighbor, SimulatedError } from '../../simulator';

type Input = Readonly<Record<string, unknown>>;

/** A stack as its record stands: whatever led to it. */
export interface RecordedStack {
  status: string;
  readonly parent?: string;
  /** ARNs of the task definitions that it owns. */
  readonly records: readonly string[];
}

/** CloudFormation as a table of stacks, whose states and records a test writes as it likes. */
export class StackRecords extends Neighbor {
  readonly signingName = 'cloudformation';
  readonly stacks = new Map<string, RecordedStack>();

  protected readonly actions = {
    DescribeStacks: ({ StackName }: Input) => {
      const name = String(StackName).split('/')[1] ?? '';
      const stack = this.stacks.get(name);
      if (!stack) throw validation(`Stack with id ${StackName} does not exist`);
      const { status, parent } = stack;
      const above = parent === undefined ? {} : { ParentId: idOf(parent), RootId: idOf(parent) };
      return { Stacks: [{ StackId: idOf(name), StackName: name, StackStatus: status, ...above }] };
    },
    DescribeStackResources: ({ PhysicalResourceId }: Input) => {
      const owners = [...this.stacks].filter(([, { records }]) => records.includes(String(PhysicalResourceId)));
      // What was deleted is told of for some time, unless somebody else has it now.
      const [name, stack] = owners.find(([, { status }]) => status !== 'DELETE_COMPLETE') ?? owners[0] ?? [];
      if (!name || !stack) throw validation(`Stack for ${PhysicalResourceId} does not exist`);
      const ResourceType = 'AWS::ECS::TaskDefinition';
      return {
        StackResources: stack.records.map((recorded, place) => ({
          StackName: name,
          StackId: idOf(name),
          LogicalResourceId: `Web${place}`,
          PhysicalResourceId: recorded,
          ResourceType,
          ResourceStatus: 'UPDATE_COMPLETE',
        })),
      };
    },
  };
}

const idOf = (name: string) => `arn:aws:cloudformation:eu-west-1:111122223333:stack/${name}/0001`;
const validation = (message: string) => new SimulatedError('ValidationError', message);

/** The stacks as the engine's own adapter reads them, without HTTP. */
export function stacksOf(records: StackRecords): CloudFormationStacks {
  const send = async (command: { readonly input: object }) => {
    const action = command.constructor.name.replace(/Command$/, '');
    try {
      return await records.call(action, { ...command.input });
    } catch (error) {
      if (!(error instanceof SimulatedError)) throw error;
      throw Object.assign(new Error(error.message), { name: error.code });
    }
  };
  return new CloudFormationStacks({ send } as unknown as CloudFormationClient);
}
