import { invalidParameter, SimulatedError } from './simulated-error';

/** The members of a request, as the wire carries them. */
export type Input = Record<string, unknown>;

export interface Tag {
  readonly key: string;
  readonly value?: string;
}

export function optionalText(input: Input, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(member, 'a string');
  return value;
}

export function requiredText(input: Input, member: string): string {
  const value = optionalText(input, member);
  if (value === undefined || value === '') throw invalidParameter(`${member} can not be blank.`);
  return value;
}

export function optionalNumber(input: Input, member: string): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongType(member, 'a number');
  return value;
}

export function texts(input: Input, member: string): readonly string[] {
  const value = input[member] ?? [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) throw wrongType(member, 'a list of strings');
  return value as string[];
}

/** A list of 1 to `most` strings, as the Describe actions ask for. */
export function someTexts(input: Input, member: string, most: number): readonly string[] {
  const values = texts(input, member);
  if (values.length === 0) throw invalidParameter(`${member} can not be empty.`);
  if (values.length > most) throw invalidParameter(`${member} can have at most ${most} items.`);
  return values;
}

export function optionalRecord(input: Input, member: string): Input | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(member, 'an object');
  return value as Input;
}

/** At most 50 tags a resource. @see API_TagResource */
export function tagsOf(input: Input): readonly Tag[] | undefined {
  const value = input.tags;
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType('tags', 'a list');
  if (value.length > 50) throw invalidParameter('Too many tags specified. The maximum is 50.');
  return (value as Input[]).map((tag) => ({ key: requiredText(tag, 'key'), value: optionalText(tag, 'value') ?? '' }));
}

function wrongType(member: string, type: string): SimulatedError {
  return new SimulatedError('SerializationException', `'${member}' must be ${type}`);
}

/** JSON 1.1 carries timestamps as seconds since the epoch. */
export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
