export type Properties = Readonly<Record<string, unknown>>;

/** One resource of a template, in CloudFormation's own words. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  /** May hold `{ Ref: … }` and `{ 'Fn::GetAtt': [ … ] }` to other resources, parameters and pseudo parameters, `Fn::Join` and `Fn::Sub`. */
  readonly properties?: Properties;
  readonly dependsOn?: readonly string[];
  /** @default 'Delete' */
  readonly updateReplacePolicy?: 'Delete' | 'Retain';
  /** @default 'Delete' */
  readonly deletionPolicy?: 'Delete' | 'Retain' | 'RetainExceptOnCreate';
  /** The template of an AWS::CloudFormation::Stack, in the place of its TemplateURL. */
  readonly template?: StackTemplate;
}

/** Resources are acted on in this order, as far as their dependencies allow. */
export interface StackTemplate {
  readonly resources: readonly TemplateResource[];
  /** Parameters with the values they have when nobody gives others. */
  readonly parameters?: Properties;
  /** What a parent may refer to as `Outputs.Name`. */
  readonly outputs?: Properties;
}

export type Resolver = (name: string, attribute?: string) => unknown;

/** Puts values in the place of intrinsic functions. */
export function resolve(value: unknown, of: Resolver): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, of));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, inner] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined) {
    if (name === 'Ref') return of(String(inner));
    if (name === 'Fn::GetAtt') return getAtt(inner, of);
    if (name === 'Fn::Join') return join(inner, of);
    if (name === 'Fn::Sub') return substitute(inner, of);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolve(item, of)]));
}

function getAtt(target: unknown, of: Resolver): unknown {
  const [name, ...attribute] = typeof target === 'string' ? target.split('.') : (target as string[]);
  return of(name ?? '', attribute.join('.'));
}

function join(given: unknown, of: Resolver): string {
  const [separator, items] = given as [string, unknown];
  return (resolve(items, of) as unknown[]).join(separator);
}

function substitute(given: unknown, of: Resolver): string {
  const [text, variables = {}] = (Array.isArray(given) ? given : [given]) as [string, Record<string, unknown>?];
  return text.replace(/\$\{([^}!]+)\}/g, (_, name: string) => {
    if (Object.hasOwn(variables, name)) return String(resolve(variables[name], of));
    const [resource = '', ...attribute] = name.split('.');
    return String(attribute.length > 0 ? of(resource, attribute.join('.')) : of(name));
  });
}

/** The resource's properties with values in the place of references; the very same object when it refers to nothing. */
export function resolvedProperties(resource: TemplateResource, of: Resolver): Properties {
  const { properties = {} } = resource;
  return referencesOf(resource).size === 0 ? properties : (resolve(properties, of) as Properties);
}

const references = new WeakMap<TemplateResource, ReadonlySet<string>>();

function referencesOf(resource: TemplateResource): ReadonlySet<string> {
  const known = references.get(resource);
  if (known) return known;
  const names = new Set<string>();
  resolve(resource.properties ?? {}, (name) => {
    names.add(name);
    return '';
  });
  references.set(resource, names);
  return names;
}

/** What the resource depends on by name, whether it says so or refers to it. */
export function dependenciesOf(resource: TemplateResource): readonly string[] {
  const { dependsOn = [] } = resource;
  return [...dependsOn, ...referencesOf(resource)];
}

/**
 * The resources in an order that respects every dependency, otherwise in the order given. CloudFormation works on independent
 * resources at the same time; here they follow each other, and the order given says how.
 *
 * @throws when resources depend on each other in a circle
 */
export function inOrder(template: StackTemplate): readonly TemplateResource[] {
  const waiting = template.resources.map((resource) => ({ resource, needs: dependenciesOf(resource) }));
  const absent = new Set(template.resources.map(({ logicalId }) => logicalId));
  const order: TemplateResource[] = [];
  while (waiting.length > 0) {
    const place = waiting.findIndex(({ needs }) => !needs.some((name) => absent.has(name)));
    const next = waiting[place]?.resource;
    if (!next) {
      const names = waiting.map(({ resource }) => resource.logicalId).join(', ');
      throw new Error(`circular dependency between resources: [${names}]`);
    }
    waiting.splice(place, 1);
    absent.delete(next.logicalId);
    order.push(next);
  }
  return order;
}

/** The document of a template as `cdk synth` writes it, without conditions and mappings. */
export function readTemplate(document: object): StackTemplate {
  const { Resources = {}, Parameters = {} } = document as Record<string, Record<string, Record<string, unknown>> | undefined>;
  return {
    parameters: Object.fromEntries(Object.entries(Parameters).map(([name, { Default }]) => [name, Default ?? ''])),
    resources: Object.entries(Resources).map(([logicalId, resource]) => ({
      logicalId,
      type: String(resource.Type),
      properties: (resource.Properties ?? {}) as Properties,
      dependsOn: [resource.DependsOn ?? []].flat() as string[],
      updateReplacePolicy: resource.UpdateReplacePolicy as TemplateResource['updateReplacePolicy'],
      deletionPolicy: resource.DeletionPolicy as TemplateResource['deletionPolicy'],
    })),
  };
}

/** Whether two values say the same, whatever the order of their members. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every(
      (key) =>
        Object.hasOwn(other, key) && sameValue((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
    )
  );
}
