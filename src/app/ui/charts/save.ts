/** A chart as files: its numbers, and a picture. */
import { csv } from '#app/ui/common/csv.ts';
import type { ChartSpec } from './chart-spec.ts';
import { type Line, placeOf, type Shown, valueOf } from './lines.ts';
import { colourOf } from './use-plot.ts';

/** A line per run and step, raw values; empty where a run has none. */
export function chartCsv(lines: readonly Line[]): string {
  const runs = [...new Set(lines.map(line => line.run))];
  const metrics = [...new Set(lines.map(line => line.metric).filter(metric => metric !== null))];
  const rows = function* (run: Shown): Generator<(string | number)[]> {
    const [step, epoch, time] = (['step', 'epoch', 'time'] as const).map(axis => placeOf(run, axis)) as [Place, Place, Place];
    for (let row = 0; row < run.history.length; row++) {
      const values = metrics.map(metric => valueOf({ ...lines[0]!, run, metric }, row));
      yield [...(runs.length > 1 ? [run.name] : []), step(row), epoch(row), time(row), ...values.map(v => (Number.isNaN(v) ? '' : v))];
    }
  };
  return csv([[...(runs.length > 1 ? ['run'] : []), 'step', 'epoch', 'elapsed', ...metrics], ...runs.flatMap(run => [...rows(run)])]);
}

type Place = (row: number) => number;

const MARGIN = 12;
const TITLE = 20;
const ROW = 18;

/** The plot as it is drawn now, under its title and the names of its lines. */
export function chartPng(spec: ChartSpec, lines: readonly Line[], box: HTMLElement): Promise<Blob | null> {
  const plot = box.querySelector('canvas');
  if (!plot) return Promise.resolve(null);
  const scale = plot.width / plot.clientWidth;
  const width = plot.clientWidth + 2 * MARGIN;
  const head = MARGIN + TITLE + ROW * lines.length;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * scale, (head + plot.clientHeight + MARGIN) * scale];
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  context.fillStyle = colourOf(box, '--panel');
  context.fillRect(0, 0, width, canvas.height / scale);
  const ink = colourOf(box, '--ink');
  context.fillStyle = ink;
  context.textBaseline = 'middle';
  context.font = '600 14px system-ui, sans-serif';
  context.fillText(`${spec.title}${spec.unit ? ` (${spec.unit})` : ''}`, MARGIN, MARGIN + 8);
  context.font = '12px system-ui, sans-serif';
  lines.forEach(({ label, colour, dash }, i) => {
    const y = MARGIN + TITLE + ROW * (i + 0.5);
    context.strokeStyle = colourOf(box, `--curve-${colour}`);
    context.lineWidth = 2.25;
    context.setLineDash([...dash]);
    context.beginPath();
    context.moveTo(MARGIN, y);
    context.lineTo(MARGIN + 26, y);
    context.stroke();
    context.fillStyle = ink;
    context.fillText(label, MARGIN + 34, y, width - 2 * MARGIN - 34);
  });
  context.drawImage(plot, MARGIN, head, plot.clientWidth, plot.clientHeight);
  return new Promise(resolve => { canvas.toBlob(resolve, 'image/png'); });
}
