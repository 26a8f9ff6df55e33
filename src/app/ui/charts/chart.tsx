import { useEffect, useId, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { history } from '#app/store/history.ts';
import { useStore } from '#app/store/store.ts';
import { figure, whole } from '#app/ui/common/format.ts';
import { chartData, drawn, type ChartSpec } from './chart-spec.ts';
import { tickLabels } from './ticks.ts';
import css from './charts.module.css';

/** A live chart: a readout of the newest values, or of those under the crosshair, which all charts share. */
export function Chart({ spec, small = false }: { spec: ChartSpec; small?: boolean }) {
  const heading = useId();
  const host = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  useStore(s => s.historyVersion);

  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const plot = new uPlot(options(spec, box, small, setHover), chartData(spec, useStore.getState().smoothing), box);
    const resize = new ResizeObserver(() => { plot.setSize({ width: box.clientWidth, height: spec.height }); });
    resize.observe(box);
    // However many events came: one redraw for a frame, and none while the tab is hidden.
    let frame = 0;
    const redraw = () => {
      frame = 0;
      plot.setData(chartData(spec, useStore.getState().smoothing));
    };
    const unsubscribe = useStore.subscribe((now, before) => {
      if (now.historyVersion === before.historyVersion && now.smoothing === before.smoothing) return;
      frame ||= requestAnimationFrame(redraw);
    });
    return () => {
      unsubscribe();
      cancelAnimationFrame(frame);
      resize.disconnect();
      plot.destroy();
    };
  }, [spec, small]);

  const row = hover !== null && hover < history.length ? hover : history.length - 1;
  const steps = history.column('step');
  const values = spec.curves.map(c => ({ ...c, value: c.metric === null ? c.level ?? NaN : history.column(c.metric)[row] ?? NaN }));
  const step = steps[row];
  const said = step === undefined ? 'no steps yet' : `at step ${whole(step)}: ${values.map(v => `${v.label} ${figure(v.value)}`).join(', ')}`;

  return (
    <figure className={small ? css.small : css.chart} aria-labelledby={heading}>
      <figcaption className={css.caption}>
        <h3 id={heading}>{spec.title}{spec.unit && <span className={css.unit}> {spec.unit}</span>}</h3>
        <span className={css.readout} aria-hidden="true">
          {hover !== null && step !== undefined && !spec.single && <span className={css.at}>step {whole(step)}</span>}
          {step !== undefined && values.map(v => (
            <span key={v.label}>{!small && <i className={css[`swatch${v.colour}`]} data-dashed={v.metric === null || undefined} />}{!(spec.single && v.metric) && `${v.label} `}<b>{figure(v.value)}</b></span>
          ))}
        </span>
      </figcaption>
      <div ref={host} className={css.plot} role="img" aria-label={`${spec.title}${spec.unit ? ` in ${spec.unit}` : ''}, ${said}`} data-testid={`chart-${spec.id}`} data-rows={history.length} />
      {spec.note && <p className={css.note}>{spec.note}</p>}
      {!small && <Latest spec={spec} />}
    </figure>
  );
}

const TABLE_ROWS = 8;

/** The same values as a table, newest first. */
function Latest({ spec }: { spec: ChartSpec }) {
  const [open, setOpen] = useState(false);
  useStore(s => s.historyVersion);
  const metrics = spec.curves.filter(c => c.metric !== null);
  const steps = history.column('step');
  const rows = Array.from({ length: Math.min(TABLE_ROWS, steps.length) }, (_, i) => steps.length - 1 - i);
  return (
    <details className={css.table} onToggle={e => { setOpen(e.currentTarget.open); }}>
      <summary aria-label={`${spec.title}: values as a table`}>Values</summary>
      {open && (
        <table>
          <thead><tr><th scope="col">Step</th>{metrics.map(c => <th key={c.label} scope="col">{c.label}</th>)}</tr></thead>
          <tbody>
            {rows.map(r => <tr key={steps[r]}><td>{whole(steps[r]!)}</td>{metrics.map(c => <td key={c.label}>{figure(history.column(c.metric!)[r]!)}</td>)}</tr>)}
          </tbody>
        </table>
      )}
    </details>
  );
}

/** A custom property may hold light-dark(): only an element's computed colour is what a canvas can take. */
function colourOf(box: HTMLElement, property: string): string {
  const before = box.style.color;
  box.style.color = `var(${property})`;
  const colour = getComputedStyle(box).color;
  box.style.color = before;
  return colour;
}

function options(spec: ChartSpec, box: HTMLElement, small: boolean, onHover: (row: number | null) => void): uPlot.Options {
  const text = colourOf(box, '--quiet');
  const grid = { stroke: colourOf(box, '--grid'), width: 1 };
  const axis = { stroke: text, grid, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  return {
    width: Math.max(80, box.clientWidth), height: spec.height,
    padding: [8, 14, small ? 8 : 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: false, y: false }, y: false,
      sync: { key: 'glimpse', setSeries: false },
      points: { size: 6 },
    },
    // A chart of one value has no extent of its own: a little room around it keeps it in the middle.
    scales: {
      x: { time: false, range: (_, min, max) => (min === max ? [min - 0.5, max + 0.5] : [min, max]) },
      y: { range: (_, min, max) => (spec.range ? padded(...spec.range) : min === null || max === null ? [0, 1] : padded(min, max)) },
    },
    axes: [
      { ...axis, size: 26, gap: 4, space: 60, show: !small, values: (_, splits) => splits.map(v => (Number.isInteger(v) ? whole(v) : '')) },
      { ...axis, size: small ? 50 : 54, gap: 5, space: small ? 26 : 30, values: (_, splits) => tickLabels(splits) },
    ],
    series: [
      {},
      ...drawn(spec).map(({ curve, faint, dashed }): uPlot.Series => ({
        label: curve.label,
        stroke: colourOf(box, faint ? `--curve-faint-${curve.colour}` : `--curve-${curve.colour}`),
        width: faint ? 1 : 1.75,
        ...(dashed ? { dash: [5, 5] } : {}),
        points: { show: !faint && !dashed && ((_u, _i, from, to) => to - from < 12), size: 5 },
        spanGaps: false,
      })),
    ],
    hooks: { setCursor: [u => { onHover(u.cursor.idx ?? null); }] },
  };
}

function padded(min: number, max: number): [number, number] {
  if (min === max) {
    const room = Math.abs(min) * 0.1 || 1;
    return [min - room, max + room];
  }
  const room = (max - min) * 0.06;
  return [min >= 0 && min < room ? 0 : min - room, max + room];
}
