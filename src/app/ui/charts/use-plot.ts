import { useEffect, useRef, type RefObject } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { XAxis } from '#app/store/charts-slice.ts';
import { useStore } from '#app/store/store.ts';
import { clock, whole } from '#app/ui/common/format.ts';
import { inTurn, withdraw } from '#app/ui/common/turns.ts';
import type { ChartSpec } from './chart-spec.ts';
import { extent, roomy } from './extent.ts';
import { chartData, drawn, type Line } from './lines.ts';
import { logTicks, tickLabels } from './ticks.ts';

interface Drawn { plot: uPlot; stop: () => void }

/** The plot in an element, once its turn has come: drawn anew when numbers come, while it can be seen; its crosshair is that of all charts. */
export function usePlot(host: RefObject<HTMLElement | null>, spec: ChartSpec, lines: readonly Line[], small: boolean): RefObject<Drawn | null> {
  const shown = useRef<Drawn | null>(null);
  const axis = useStore(s => s.xAxis);
  const log = useStore(s => s.logAxis) && !spec.range;

  useEffect(() => {
    const box = host.current!;
    inTurn(box, () => {
      shown.current?.stop();
      shown.current = draw(box, spec, lines, { axis, log, small });
    });
  }, [host, spec, lines, small, axis, log]);

  useEffect(() => {
    const box = host.current!;
    return () => {
      withdraw(box);
      shown.current?.stop();
      shown.current = null;
    };
  }, [host]);

  return shown;
}

/** A plot of the lines in the box, which follows the run and the crosshair until it is stopped. */
function draw(box: HTMLElement, spec: ChartSpec, lines: readonly Line[], { axis, log, small }: Omit<Look, 'lead'>): Drawn {
  const data = () => chartData(lines, { axis, log, smoothing: useStore.getState().smoothing });
  /** Whether the pointer was moved over this chart last: then its crosshair leads. */
  let leading = false;
  const lead = (plot: uPlot) => {
    if (leading) useStore.getState().setCrosshair(plot.data[0][plot.cursor.idx ?? -1] ?? null);
  };
  const plot = new uPlot(options(spec, lines, box, { axis, log, small, lead }), data(), box);
  const follow = () => {
    const { crosshair } = useStore.getState();
    const left = crosshair === null || leading ? -10 : plot.valToPos(crosshair, 'x');
    if (!leading) plot.setCursor({ left, top: left < 0 ? -10 : 0 }, false);
  };
  // Before the plot itself hears of it.
  plot.over.addEventListener('mousemove', () => { leading = true; }, true);
  plot.over.addEventListener('mouseleave', () => {
    leading = false;
    useStore.getState().setCrosshair(null);
  });
  const yieldToKeys = () => { leading = false; };
  box.addEventListener('keydown', yieldToKeys, true);

  const resize = new ResizeObserver(() => { plot.setSize({ width: box.clientWidth, height: spec.height }); });
  resize.observe(box);
  // However many events came: one redraw for a frame, and none while the chart or the tab is out of sight.
  let frame = 0;
  let [seen, stale] = [true, false];
  const redraw = () => {
    frame = 0;
    stale = !seen;
    if (stale) return;
    plot.setData(data());
    follow();
  };
  const sight = new IntersectionObserver(entries => {
    seen = entries.at(-1)!.isIntersecting;
    if (seen && stale) frame ||= requestAnimationFrame(redraw);
  });
  sight.observe(box);
  const unsubscribe = useStore.subscribe((now, before) => {
    if (now.historyVersion !== before.historyVersion || now.smoothing !== before.smoothing || now.ignoreOutliers !== before.ignoreOutliers) {
      frame ||= requestAnimationFrame(redraw);
    } else if (now.crosshair !== before.crosshair) follow();
  });
  const stop = () => {
    unsubscribe();
    box.removeEventListener('keydown', yieldToKeys, true);
    cancelAnimationFrame(frame);
    sight.disconnect();
    resize.disconnect();
    plot.destroy();
  };
  return { plot, stop };
}

/** A custom property may hold light-dark(): only an element's computed colour is what a canvas can take. */
export function colourOf(box: HTMLElement, property: string): string {
  const before = box.style.color;
  box.style.color = `var(${property})`;
  const colour = getComputedStyle(box).color;
  box.style.color = before;
  return colour;
}

interface Look { axis: XAxis; log: boolean; small: boolean; lead: (plot: uPlot) => void }

function options(spec: ChartSpec, lines: readonly Line[], box: HTMLElement, { axis, log, small, lead }: Look): uPlot.Options {
  const grid = { stroke: colourOf(box, '--grid'), width: 1 };
  const plain = { stroke: colourOf(box, '--quiet'), grid, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const across = (_: uPlot, splits: number[]) => {
    if (axis === 'time') return splits.map(clock);
    return axis === 'step' ? splits.map(v => (Number.isInteger(v) ? whole(v) : '')) : tickLabels(splits);
  };
  const down = ({ data }: uPlot): [number, number] => {
    if (spec.range) return roomy(...spec.range);
    return extent(data.slice(1), { log, ignoreOutliers: useStore.getState().ignoreOutliers }) ?? (log ? [1, 10] : [0, 1]);
  };
  return {
    width: Math.max(80, box.clientWidth), height: spec.height,
    padding: [8, 14, small ? 8 : 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
    // A chart of one value has no extent of its own: a little room around it keeps it in the middle.
    scales: {
      x: { time: false, range: (_, min, max) => (min === max ? [min - 0.5, max + 0.5] : [min, max]) },
      y: { range: down, ...(log ? { distr: 3 as const } : {}) },
    },
    axes: [
      { ...plain, size: 26, gap: 4, space: 60, show: !small, values: across },
      {
        ...plain, size: small ? 50 : 54, gap: 5, space: small ? 26 : 30, values: (_, splits) => tickLabels(splits),
        ...(log ? { splits: (_: uPlot, _axis: number, min: number, max: number) => logTicks(min, max), filter: (_: uPlot, splits: number[]) => splits } : {}),
      },
    ],
    series: [
      {},
      ...drawn(lines).map(({ line: { label, colour, dash, metric }, faint }): uPlot.Series => ({
        label,
        stroke: colourOf(box, `${faint ? '--curve-faint' : '--curve'}-${colour}`),
        width: faint ? 1 : 1.75,
        ...(dash.length && !faint ? { dash: [...dash] } : {}),
        points: { show: !faint && metric !== null && ((_u, _i, from, to) => to - from < 12), size: 5 },
        spanGaps: false,
      })),
    ],
    hooks: { setCursor: [lead] },
  };
}
