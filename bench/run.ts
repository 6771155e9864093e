import { type Figures, isMet, show } from './figures';
import { load } from './load';
import { million } from './million';
import { millionHandler } from './million-handler';
import { pace } from './pace';
import { protectionSynth } from './protection-synth';
import { scan } from './scan';

/** Every figure, and then the ratios that do not depend on the machine. Exit code 1 when a gate was missed. */
async function run(): Promise<void> {
  const measured: Figures[] = [];
  for (const measure of [pace, load, scan, million, millionHandler, protectionSynth]) {
    const figures = await measure();
    show(figures);
    measured.push(figures);
  }
  const gates = measured.flatMap((figures) => figures.gates);
  const missed = gates.filter((gate) => !isMet(gate));
  const ratios = measured.flatMap(({ summary }) => Object.entries(summary));
  for (const [name, value] of ratios) console.log(`${name.padEnd(72)} ${value}`);
  console.log(`${gates.length - missed.length} of ${gates.length} gates met`);
  if (missed.length > 0) process.exitCode = 1;
}

run().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
