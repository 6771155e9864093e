import { getBorderCharacters, table } from 'table';

/** A promise in numbers: the value, and what it must be. */
export interface Gate {
  readonly what: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
}

/** What one benchmark measured. */
export interface Figures {
  readonly bench: string;
  /** Everything, for machines. */
  readonly figures: object;
  /** The same for people: the first row is the heading. */
  readonly rows: readonly (readonly (string | number)[])[];
  readonly gates: readonly Gate[];
  /** What does not depend on the machine, in a line each. */
  readonly summary: Readonly<Record<string, string>>;
}

export function isMet({ value, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Gate): boolean {
  return value >= least && value <= most;
}

/** Prints one line of JSON and the tables, and says whether every gate was met. */
export function show({ bench, figures, rows, gates }: Figures): boolean {
  console.log(JSON.stringify({ bench, date: new Date().toISOString(), node: process.version, ...figures, gates }));
  print(rows);
  print([
    ['gate', 'what', 'value', 'limit'],
    ...gates.map((gate) => [isMet(gate) ? 'met' : 'MISSED', gate.what, gate.value, limit(gate)]),
  ]);
  return gates.every(isMet);
}

/** Runs a benchmark by itself: exit code 1 when a gate was missed. */
export function runAlone(module: NodeJS.Module, measure: () => Promise<Figures>): void {
  if (require.main !== module) return;
  measure().then(
    (figures) => {
      if (!show(figures)) process.exitCode = 1;
    },
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}

/** The value of `--name=value` on the command line. */
export function option(name: string, otherwise: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  const value = given === undefined ? otherwise : Number(given.slice(name.length + 3));
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number, 1 or more`);
  return value;
}

function limit({ least, most }: Gate): string {
  return [least === undefined ? '' : `at least ${least}`, most === undefined ? '' : `at most ${most}`]
    .filter(Boolean)
    .join(', ');
}

function print(rows: Figures['rows']): void {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? rounded(cell) : cell)));
  const drawHorizontalLine = (line: number, count: number) => line < 2 || line === count;
  console.log(table(cells, { border: getBorderCharacters('norc'), drawHorizontalLine }));
}

export function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 3 : 1);
}
