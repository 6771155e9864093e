import type { EcsReader } from '../ports';
import type { References } from './references';

/** What tasks run, started by whomever, and, unless told otherwise, what stopped within about the last hour. */
export async function taskReferences(
  ecs: EcsReader,
  clusters: readonly string[],
  references: References,
  stoppedToo = true,
): Promise<number> {
  let count = 0;
  for (const cluster of clusters) {
    const name = cluster.slice(cluster.lastIndexOf('/') + 1);
    for (const use of await ecs.tasks(cluster, stoppedToo)) {
      count += 1;
      references.add(use, `cluster ${name}: ${use.how}`);
    }
  }
  return count;
}
