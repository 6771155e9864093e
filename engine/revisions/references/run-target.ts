import { parseRevision } from '../../../lib/contract/arn';
import { taskDefinitionTexts } from './appspec';
import type { Json, Pins } from './referrer';

const NAMES_IT = /taskdefinition/i;
/** What EventBridge, its Scheduler and Pipes call the parameters of a task that they run. */
const TASK_PARAMETERS: readonly string[] = ['EcsParameters', 'EcsTaskParameters'];
/** A universal target: any action of ECS, whose arguments are the JSON of `Input`. @see scheduler: managing-targets-universal */
const UNIVERSAL = /:aws-sdk:ecs:/i;

interface Place {
  readonly value: unknown;
  readonly key: string;
  /** Whether ECS itself takes the task definition that is named here. */
  readonly runs: boolean;
}

/**
 * Tells every task definition that a target names: in the parameters of a task, in the arguments of a universal target, and in
 * any other text, however deep JSON stands in JSON. What a function is told to run counts like what EventBridge itself runs.
 */
export function tellTarget(target: Json, where: string, pins: Pins): void {
  for (const found of targetTaskDefinitions(target)) tell(found, where, pins);
}

/** A path into the event that comes: it says nothing of the family, and its words would be taken for one. */
export function tell(taskDefinition: string, where: string, pins: Pins): void {
  if (taskDefinition.startsWith('$')) pins.unresolved('', where);
  else pins.pin(taskDefinition, where);
}

export function targetTaskDefinitions(target: Json): string[] {
  const found = new Set<string>();
  const universal = [target.Arn, target.Target].some((arn) => typeof arn === 'string' && UNIVERSAL.test(arn));
  // A list, not recursion: however deep a target is, all of it is read.
  const ahead: Place[] = [{ value: target, key: '', runs: universal }];
  for (let place = ahead.pop(); place; place = ahead.pop()) {
    const { value, key, runs } = place;
    if (typeof value === 'string') {
      for (const text of taskDefinitionsIn(value, key, runs)) found.add(text);
      const inner = parsed(value);
      if (inner !== undefined) ahead.push({ value: inner, key, runs });
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value).reverse()) {
        ahead.push({ value: inner, key: Array.isArray(value) ? key : name, runs: runs || TASK_PARAMETERS.includes(name) });
      }
    }
  }
  return [...found];
}

function taskDefinitionsIn(text: string, key: string, runs: boolean): string[] {
  const isJson = parsed(text) !== undefined;
  // JSON is looked into by its fields; only what its names hold is found here.
  const texts = isJson ? taskDefinitionTexts(text).filter(isArn) : taskDefinitionTexts(text);
  if (!isJson && NAMES_IT.test(key) && text !== '') texts.push(text);
  // What a function makes of a path or a template is its own; what ECS is given counts whether it can be read or not.
  return texts.filter((one) => runs || isArn(one) || parseRevision(one) !== undefined);
}

const isArn = (text: string) => text.includes(':task-definition/');

/** JSON in a text, also a text in a text; numbers and words are texts of their own. */
function parsed(text: string): unknown {
  if (!/^\s*["{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
