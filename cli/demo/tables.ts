import { getBorderCharacters, type TableUserConfig, table } from 'table';

export type Alignment = 'left' | 'right';

const NONE = getBorderCharacters('void');

/** A table with a rule under its head (and above its last row, if that sums up), and no other lines. */
export function ruledTable(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
  { sumsUp = false, indent = '  ' } = {},
): string[] {
  const config: TableUserConfig = {
    border: { ...NONE, joinBody: '─', joinLeft: '', joinRight: '', joinJoin: '' },
    columns: alignments.map((alignment, index) => ({
      alignment,
      paddingLeft: index === 0 ? 0 : 1,
      paddingRight: index === alignments.length - 1 ? 0 : 1,
    })),
    drawHorizontalLine: (line, size) => line === 1 || (sumsUp && line === size - 1),
  };
  return indented(
    table(
      rows.map((row) => [...row]),
      config,
    ),
    indent,
  );
}

/** Columns beside each other; a column with a width wraps its words. */
export function plainTable(
  rows: readonly (readonly string[])[],
  columns: readonly { readonly alignment?: Alignment; readonly width?: number }[],
  indent = '  ',
): string[] {
  const config: TableUserConfig = {
    border: NONE,
    columns: columns.map(({ alignment = 'left', width }, index) => ({
      alignment,
      paddingLeft: 0,
      paddingRight: index === columns.length - 1 ? 0 : 2,
      ...(width === undefined ? {} : { width, wrapWord: true }),
    })),
    drawHorizontalLine: () => false,
  };
  return indented(
    table(
      rows.map((row) => [...row]),
      config,
    ),
    indent,
  );
}

function indented(text: string, indent: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd());
}
