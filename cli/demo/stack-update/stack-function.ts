import type { CustomResourceAnswer, CustomResourceEvent } from '../../../simulator/cloudformation/custom-resource';
import type { StackSimulator } from '../../../simulator/cloudformation/stack-simulator';
import type { EcsSimulator } from '../../../simulator/ecs-simulator';
import { EventBus } from '../../../simulator/event-bus';
import { type SimulatorServer, startServer } from '../../../simulator/server';
import type { JumpingTime } from '../jumping-time';
import { LambdaHost } from '../lambda-host';
import type { ExampleStack } from './example-stack';
import { ResponseDoor } from './response-door';

/** The function behind the custom resource: its own bundle, as the stack has deployed it, with AWS on ports of this machine. */
export class StackFunction {
  /** Answers that came to one request, by request. */
  readonly answersTo = new Map<string, number>();
  private host: LambdaHost<void> | undefined;

  private constructor(
    private readonly example: ExampleStack,
    private readonly world: { readonly ecs: EcsSimulator; readonly stacks: StackSimulator },
    private readonly time: JumpingTime,
    private readonly server: SimulatorServer,
    private readonly door: ResponseDoor,
  ) {}

  static async start(
    example: ExampleStack,
    world: { readonly ecs: EcsSimulator; readonly stacks: StackSimulator },
    time: JumpingTime,
  ): Promise<StackFunction> {
    const server = await startServer({ ...world, events: new EventBus() });
    return new StackFunction(example, world, time, server, await ResponseDoor.open());
  }

  /** What the function wrote to its log. */
  get log(): string {
    return this.host?.output.text ?? '';
  }

  /** One request, to the end of the invocation; gives what was put to its ResponseURL. */
  async answer(event: CustomResourceEvent): Promise<CustomResourceAnswer | undefined> {
    this.host ??= this.deployed(event.StackId);
    const { host } = this;
    await this.time.run(() => host.invoke(event));
    const bodies = this.door.at(event.ResponseURL);
    this.answersTo.set(event.RequestId, bodies.length);
    const [body] = bodies;
    return body === undefined ? undefined : (JSON.parse(body) as CustomResourceAnswer);
  }

  async stop(): Promise<void> {
    await Promise.all([this.server.close(), this.door.close()]);
  }

  /** The environment is the one in the template, with its references resolved by the simulated stack. */
  private deployed(stackId: string): LambdaHost<void> {
    const { ecs, stacks } = this.world;
    const resource = stacks.resourcesOf(stackId).find(({ logicalId }) => logicalId === this.example.ids.function);
    if (!resource) throw new Error(`the stack has no function ${this.example.ids.function}`);
    const { Variables } = resource.properties.Environment as { readonly Variables: Readonly<Record<string, string>> };
    return new LambdaHost<void>({ ...this.example, variables: Variables }, ecs.environment, this.server.url);
  }
}
