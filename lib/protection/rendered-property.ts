import { type CfnResource, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { givenNumber } from '../contract/given-number';

/** What only the deployment will know. */
export const UNKNOWN = Symbol('known at deployment');

/**
 * What the template will say at this path of a resource's properties: a plain value, `undefined` where it says nothing, or `UNKNOWN`.
 * Property overrides count, as in the template.
 */
export function renderedProperty(resource: CfnResource, ...path: string[]): unknown {
  const overridden = overrideAt(resource, path);
  if (overridden.found) return known(resource, overridden.value);
  let value: unknown = resource;
  for (const name of path) {
    value = known(resource, value);
    if (value === UNKNOWN || value === undefined || value === null) return value ?? undefined;
    value = member(value as Record<string, unknown>, name);
  }
  return known(resource, value);
}

/** The number at this path; `absent` where the template says nothing; `undefined` where only the deployment will know. */
export function renderedNumber(resource: CfnResource, path: string[], absent?: number): number | undefined {
  const value = renderedProperty(resource, ...path);
  if (value === undefined) return absent;
  const number = givenNumber(value);
  return Number.isFinite(number) ? number : undefined;
}

/** The construct whose `Ref` or attribute a token is. */
export function referredTo(value: unknown): IConstruct | undefined {
  if (!Token.isUnresolved(value)) return undefined;
  const tokens = typeof value === 'string' ? Tokenization.reverseString(value).tokens : [value];
  return tokens.find((token) => Reference.isReference(token))?.target;
}

interface Override {
  readonly found: boolean;
  readonly value?: unknown;
}

// aws-cdk-lib keeps them private; a release that kept them elsewhere would only make the checks see less.
function overrideAt(resource: CfnResource, path: readonly string[]): Override {
  const { rawOverrides } = resource as unknown as { readonly rawOverrides?: { readonly Properties?: unknown } };
  let value: unknown = rawOverrides?.Properties;
  if (value === undefined) return { found: false };
  for (const name of path.map(capitalized)) {
    if (typeof value !== 'object' || value === null || Token.isUnresolved(value)) return { found: true, value };
    if (!Object.hasOwn(value, name)) return { found: false };
    value = (value as Record<string, unknown>)[name];
  }
  // Part of an object that was put over the L1's: the paths below it are asked for one by one.
  return { found: typeof value !== 'object' || value === null || Array.isArray(value) || Token.isUnresolved(value), value };
}

function known(resource: CfnResource, value: unknown): unknown {
  if (!Token.isUnresolved(value)) return value ?? undefined;
  const resolved = Stack.of(resource).resolve(value);
  if (typeof resolved === 'object' && resolved !== null && isIntrinsic(resolved)) return UNKNOWN;
  return resolved ?? undefined;
}

function isIntrinsic(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && /^(Ref$|Fn::)/.test(keys[0] ?? '');
}

// An L1 takes `maximumPercent`; what was resolved or passed through may say `MaximumPercent`.
function member(value: Record<string, unknown>, name: string): unknown {
  return name in value ? value[name] : value[capitalized(name)];
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
