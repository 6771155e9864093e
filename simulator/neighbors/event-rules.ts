import { type Input, optionalNumber, optionalText, requiredText } from '../input';
import { SimulatedError } from '../simulated-error';
import { Neighbor } from './neighbor';
import { type PageOptions, TokenPages } from './token-pages';

export interface EventRulesOptions extends PageOptions {
  readonly environment: { readonly partition: string; readonly account: string; readonly region: string };
}

/** A target as the wire carries it. */
export interface SeededTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly [member: string]: unknown;
}

export interface SeededRule {
  readonly name: string;
  /** @default 'default' */
  readonly bus?: string;
  /** @default true */
  readonly enabled?: boolean;
  /** Revisions that its targets run, one target each. */
  readonly runs?: readonly string[];
  /** Targets of the test's own, in place of `runs`. */
  readonly targets?: readonly SeededTarget[];
  /** The task definitions that the own targets pin. */
  readonly pins?: readonly string[];
}

interface Rule {
  readonly name: string;
  readonly enabled: boolean;
  readonly targets: readonly SeededTarget[];
  readonly pins: readonly string[];
}

/** Amazon EventBridge, as far as its rules are read. */
export class EventRules extends Neighbor {
  readonly signingName = 'events';
  private readonly buses = new Map<string, Map<string, Rule>>([['default', new Map()]]);
  private readonly pages: TokenPages;

  constructor(private readonly options: EventRulesOptions) {
    super();
    this.pages = new TokenPages(options, () => new SimulatedError('ValidationException', 'Token is not valid'));
  }

  protected readonly actions = {
    ListEventBuses: (input: Input) => {
      const { items, nextToken } = this.pages.page([...this.buses.keys()], input.NextToken, limit(input));
      return { EventBuses: items.map((Name) => ({ Name, Arn: this.arn(`event-bus/${Name}`) })), NextToken: nextToken };
    },
    ListRules: (input: Input) => {
      const bus = optionalText(input, 'EventBusName') ?? 'default';
      const { items, nextToken } = this.pages.page([...this.rulesOf(bus).values()], input.NextToken, limit(input));
      const Rules = items.map(({ name, enabled }) => ({
        Name: name,
        Arn: this.arn(bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`),
        State: enabled ? 'ENABLED' : 'DISABLED',
        ScheduleExpression: 'rate(1 day)',
        EventBusName: bus,
      }));
      return { Rules, NextToken: nextToken };
    },
    ListTargetsByRule: (input: Input) => {
      const name = requiredText(input, 'Rule');
      const bus = optionalText(input, 'EventBusName') ?? 'default';
      const rule = this.rulesOf(bus).get(name);
      if (!rule) throw doesNotExist(`Rule ${name} does not exist on EventBus ${bus}.`);
      const { items, nextToken } = this.pages.page(rule.targets, input.NextToken, limit(input));
      return { Targets: items, NextToken: nextToken };
    },
  };

  /** Creates a rule, and its bus where there is none; or replaces the rule of that name. */
  put({ name, bus = 'default', enabled = true, runs = [], targets, pins = runs }: SeededRule): void {
    const rules = this.buses.get(bus) ?? new Map<string, Rule>();
    this.buses.set(bus, rules);
    const cluster = this.arn('cluster/jobs').replace(':events:', ':ecs:');
    const running = runs.map((TaskDefinitionArn, index) => ({
      Id: `${index + 1}`,
      Arn: cluster,
      EcsParameters: { TaskDefinitionArn, TaskCount: 1 },
      Input: JSON.stringify({ containerOverrides: [{ name: 'web', environment: [{ name: 'TOKEN', value: 'a secret' }] }] }),
    }));
    rules.set(name, { name, enabled, targets: targets ?? running, pins });
  }

  delete(name: string, bus = 'default'): void {
    this.buses.get(bus)?.delete(name);
  }

  deleteBus(bus: string): void {
    this.buses.delete(bus);
  }

  /** The task definitions that rules pin, whatever a scan makes of their targets. */
  pinned(): { taskDefinition: string; where: string }[] {
    return [...this.buses].flatMap(([bus, rules]) =>
      [...rules.values()].flatMap(({ name, pins }) =>
        pins.map((taskDefinition) => ({ taskDefinition, where: `rule ${bus}/${name}` })),
      ),
    );
  }

  private rulesOf(bus: string): Map<string, Rule> {
    const rules = this.buses.get(bus);
    if (!rules) throw doesNotExist(`Event bus ${bus} does not exist.`);
    return rules;
  }

  private arn(resource: string): string {
    const { partition, region, account } = this.options.environment;
    return `arn:${partition}:events:${region}:${account}:${resource}`;
  }
}

function limit(input: Input): number {
  const asked = optionalNumber(input, 'Limit') ?? 100;
  if (asked < 1 || asked > 100) throw new SimulatedError('ValidationException', 'Limit must be between 1 and 100');
  return asked;
}

function doesNotExist(message: string): SimulatedError {
  return new SimulatedError('ResourceNotFoundException', message);
}
