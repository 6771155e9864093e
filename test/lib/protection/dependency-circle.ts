interface Resource {
  readonly Properties?: unknown;
  readonly DependsOn?: string | string[];
}

/** The logical ids along the first circle of Ref, Fn::GetAtt, Fn::Sub and DependsOn, or nothing. */
export function dependencyCircle(resources: Record<string, Resource>): string[] {
  const done = new Set<string>();
  const follow = (id: string, trail: readonly string[]): string[] => {
    const at = trail.indexOf(id);
    if (at >= 0) return [...trail.slice(at), id];
    if (done.has(id)) return [];
    for (const next of referredBy(resources[id] ?? {})) {
      const circle = next in resources ? follow(next, [...trail, id]) : [];
      if (circle.length > 0) return circle;
    }
    done.add(id);
    return [];
  };
  for (const id of Object.keys(resources)) {
    const circle = follow(id, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

function referredBy({ Properties, DependsOn = [] }: Resource): string[] {
  return [...[DependsOn].flat(), ...referencesIn(Properties)];
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String([inner].flat()[0]).split('.')[0] ?? ''];
    if (key === 'Fn::Sub') return [...JSON.stringify(inner).matchAll(/\$\{(\w+)/g)].map(([, id]) => id ?? '');
    return referencesIn(inner);
  });
}
