import { holdInFaultedWorlds } from './faulted-worlds';

/** A half of the long run, outside of jest, which takes a third more. */
async function main(half: number): Promise<void> {
  await holdInFaultedWorlds(half);
  process.stdout.write(`${Math.round(process.cpuUsage().user / 1_000_000)} s of a processor\n`);
}

void main(Number(process.argv[2]));
