import { bufferName, caveats, cells, COLUMNS, HOW_TO_READ, originText, size, totalsText } from '#contract/profile-text.ts';
import { kernelRows, type ProfileReport } from '#contract/profile.ts';

/** What a step took as a whole, a line for each kernel, and the buffers that take most memory. */
export function profileLines(p: ProfileReport): string[] {
  const totals = totalsText(p);
  const names = Math.max(...totals.map(t => t.name.length));
  const values = Math.max(...totals.map(t => t.value.length));
  const table: (readonly string[])[] = [COLUMNS, ...kernelRows(p).map(cells)];
  const widths = COLUMNS.map((_, i) => Math.max(...table.map(row => row[i]!.length)));
  return [
    `${p.device}, ${originText(p)}`,
    ...totals.map(t => `  ${t.name.padEnd(names)}  ${t.value.padStart(values)}  ${t.note}`.trimEnd()), '',
    ...caveats(p).flatMap(c => [c, '']),
    ...table.map(row => row.map((cell, i) => i ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)).join('  ')), '',
    HOW_TO_READ, '',
    'Largest buffers',
    ...p.buffers.map(b => `  ${size(b.bytes).padStart(10)}  ${bufferName(b.label)}`),
  ];
}
