import { parseRevision } from '../../../lib/contract/arn';
import { taskDefinitionTexts } from './appspec';

/** A text of a definition, and the state that holds it; no state for what stands outside of them. */
export interface AslText {
  readonly text: string;
  readonly state?: string;
}

/** The task definitions in a definition in the Amazon States Language. */
export interface AslTaskDefinitions {
  readonly named: readonly AslText[];
  /** Known when the machine runs only; `text` is what can be known of them before. */
  readonly open: readonly AslText[];
}

interface Leaf extends AslText {
  readonly key: string;
  /** Whether it is, or is part of, what a state gives to a service. */
  readonly argument: boolean;
}

const NAMES_IT = /taskdefinition/i;
const NEEDS_IT = /:ecs:(?:runTask|startTask|createService|updateService|createTaskSet)\b/i;
const ARGUMENTS: ReadonlySet<string> = new Set(['Parameters', 'Arguments']);
/** Names in an expression: between quotes of any kind, with hyphens, and without. */
const NAMES = [/'([^']*)'|"([^"]*)"|`([^`]*)`/g, /([\p{L}\p{N}_-]+)/gu, /([\p{L}\p{N}_]+)/gu];

/**
 * Finds every text anywhere in a definition that names a task definition, whichever service it is given to and however deep.
 *
 * @throws SyntaxError or TypeError when it is no definition
 */
export function readAsl(definition: string): AslTaskDefinitions {
  const leaves = leavesOf(definition);
  const named: AslText[] = [];
  const open: AslText[] = [];
  const fixed = lookUp(leaves);
  for (const leaf of leaves) {
    const { key, text, state } = leaf;
    if (isExpression(leaf)) {
      // An ARN that is whole in an expression may be meant as it is.
      for (const arn of taskDefinitionTexts(text)) if (parseRevision(arn)) named.push({ text: arn, state });
      if (leadsToOne(leaf)) {
        const { revisions, rest } = fixed(text);
        open.push({ text: rest, state });
        for (const revision of revisions) named.push({ text: revision, state });
      }
    } else if (NAMES_IT.test(key)) {
      named.push({ text, state });
    } else if (NAMES_IT.test(text) || text.includes('task-definition')) {
      for (const one of taskDefinitionTexts(text)) named.push({ text: one, state });
    }
  }
  return { named: distinct(named), open: distinct(open) };
}

function isExpression({ key, text }: Leaf): boolean {
  return key.endsWith('.$') || text.startsWith('{%');
}

/** Whether an expression gives a task definition, or a part of one. One without a fixed part counts where it is used only. */
function leadsToOne({ key, text, argument }: Leaf): boolean {
  if (argument && NAMES_IT.test(key)) return true;
  return (NAMES_IT.test(key) || NAMES_IT.test(text) || text.includes('task-definition/')) && literals(text) !== '';
}

/** Every text in a definition, in its order. No recursion: a definition may be nested as deep as a megabyte allows. */
function leavesOf(definition: string): Leaf[] {
  const machine: unknown = JSON.parse(definition);
  if (!isRecord(machine) || !isRecord(machine.States)) throw new TypeError('a definition has states');
  const found: Leaf[] = [];
  const ahead: { value: unknown; key: string; state?: string; argument: boolean }[] = [
    { value: machine, key: '', argument: false },
  ];
  for (let next = ahead.pop(); next; next = ahead.pop()) {
    const { value, key, state, argument } = next;
    if (typeof value === 'string') found.push({ key, text: value, state, argument });
    if (typeof value !== 'object' || value === null) continue;
    for (const text of wholeArguments(value)) found.push({ key: 'TaskDefinition.$', text, state, argument: true });
    for (const [name, inner] of Object.entries(value).reverse()) {
      ahead.push({
        value: inner,
        key: Array.isArray(value) ? key : name,
        state: key === 'States' && !argument ? name : state,
        argument: argument || ARGUMENTS.has(name),
      });
    }
  }
  return found;
}

/**
 * A state that runs a task may compute all of its arguments in one expression, or give its input as it comes. Which of the
 * literals in such an expression belong to the task definition, if any, it does not tell: so it counts as one without them too.
 */
function wholeArguments(state: object): string[] {
  const { Resource: resource, Parameters: parameters, Arguments: args } = state as Record<string, unknown>;
  if (typeof resource !== 'string' || !NEEDS_IT.test(resource) || parameters !== undefined) return [];
  if (args === undefined) return [''];
  return typeof args === 'string' ? ['', args] : [];
}

/**
 * What is fixed in an expression: its own literals, and those that the definition keeps under the names in it, and so on.
 * That takes more than the expression can give: whoever follows the flow of data exactly must run the machine.
 */
function lookUp(leaves: readonly Leaf[]): (expression: string) => { revisions: string[]; rest: string } {
  const byName = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const name = leaf.key.replace(/\.\$$/, '');
    const known = byName.get(name);
    if (known) known.push(leaf);
    else byName.set(name, [leaf]);
  }
  return (expression) => {
    const seen = new Set<string>();
    const ahead = [expression];
    const parts: string[] = [];
    const revisions: string[] = [];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      parts.push(literals(next));
      for (const name of namesIn(next)) {
        if (seen.has(name)) continue;
        seen.add(name);
        for (const leaf of byName.get(name) ?? []) {
          if (isExpression(leaf)) ahead.push(leaf.text);
          else if (parseRevision(leaf.text)) revisions.push(leaf.text);
          else parts.push(withoutPrefix(leaf.text));
        }
      }
    }
    return { revisions, rest: [...new Set(parts)].filter((part) => part !== '').join(' ') };
  };
}

function namesIn(expression: string): string[] {
  return NAMES.flatMap((pattern) => [...expression.matchAll(pattern)].map(([, ...names]) => names.find((name) => name) ?? ''));
}

/** Comments first: an apostrophe in one opens no literal. What is not closed goes on to the end. */
const LITERAL = /\/\*[\s\S]*?(?:\*\/|$)|'((?:[^'\\]|\\[\s\S]?)*)(?:'|$)|"((?:[^"\\]|\\[\s\S]?)*)(?:"|$)/g;

function literals(expression: string): string {
  const found = [...expression.matchAll(LITERAL)].map(([, single, double]) => withoutPrefix(single ?? double ?? ''));
  return found.join(' ').trim();
}

/** The words before the family would be taken for families. */
function withoutPrefix(text: string): string {
  return text.replace(/arn:[a-z0-9-]{1,40}:ecs:[a-z0-9-]{0,40}:\d{0,12}:task-definition\//g, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function distinct(texts: readonly AslText[]): AslText[] {
  return [...new Map(texts.map((one) => [JSON.stringify([one.state, one.text]), one])).values()];
}
