import { useId, useMemo, useRef, type FocusEvent, type KeyboardEvent } from 'react';
import { useStore } from '#app/store/store.ts';
import { figureOrDash } from '#app/ui/common/format.ts';
import type { ChartSpec } from './chart-spec.ts';
import css from './charts.module.css';
import { linesOf, placeOf, rowAt, type Shown, valueOf } from './lines.ts';
import { SaveMenu } from './save-menu.tsx';
import { Stroke } from './stroke.tsx';
import { placeWords } from './ticks.ts';
import { usePlot } from './use-plot.ts';
import { ValuesTable } from './values-table.tsx';

/**
 * A live chart: a readout of the newest values, or of those under the crosshair, which all charts share. The pointer moves it,
 * and so do the arrow keys.
 */
export function Chart({ spec, runs, small = false }: { spec: ChartSpec; runs: readonly Shown[]; small?: boolean }) {
  const heading = useId();
  const host = useRef<HTMLDivElement>(null);
  const axis = useStore(s => s.xAxis);
  const crosshair = useStore(s => s.crosshair);
  useStore(s => s.historyVersion);
  const lines = useMemo(() => linesOf(spec, runs), [spec, runs]);
  const drawn = usePlot(host, spec, lines, small);

  const several = runs.length > 1;
  const [run] = runs;
  const length = run?.history.length ?? 0;
  const values = lines.map(line => ({ line, value: valueOf(line, rowAt(line.run, axis, crosshair)) }));
  const row = run ? rowAt(run, axis, crosshair) : null;
  const place = crosshair ?? (run && row !== null ? placeOf(run, axis)(row) : null);
  const words = place === null ? 'no steps yet' : `${placeWords(axis, place)}: ${values.map(v => `${v.line.label} ${figureOrDash(v.value)}`).join(', ')}`;
  const ends = runs.filter(r => r.history.length > 0).flatMap(r => [0, r.history.length - 1].map(placeOf(r, axis)));

  const press = (event: KeyboardEvent) => {
    const places = drawn.current?.plot.data[0] ?? [];
    if (!places.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = crosshair === null ? places.length - 1 : nearest(places, crosshair);
    const jump = Math.max(1, Math.round(places.length / 10));
    const to: Record<string, number | undefined> = {
      ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, PageDown: now - jump, PageUp: now + jump, Home: 0, End: places.length - 1,
    };
    const next = to[event.key];
    if (next === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    useStore.getState().setCrosshair(next === undefined ? null : places[Math.max(0, Math.min(places.length - 1, next))]!);
  };
  // While values come in, a crosshair that stays where it is keeps them from being read out one after the other.
  const focus = (event: FocusEvent) => {
    if (event.currentTarget.matches(':focus-visible')) useStore.getState().setCrosshair(drawn.current?.plot.data[0].at(-1) ?? null);
  };

  return (
    <figure className={small ? css.small : css.chart} aria-labelledby={heading}>
      <figcaption className={css.caption}>
        <h3 id={heading}>{spec.title}{spec.unit && <span className={css.unit}> {spec.unit}</span>}</h3>
        <span className={css.readout} aria-hidden="true">
          {crosshair !== null && place !== null && (several || !spec.single) && <span className={css.at}>{placeWords(axis, place)}</span>}
          {place !== null && values.map(({ line, value }) => (
            <span key={several ? line.run.id : line.label}>{(!small || several) && <Stroke colour={line.colour} dash={line.dash} />}{!several && !(spec.single && line.metric) && `${line.label} `}<b>{figureOrDash(value)}</b></span>
          ))}
        </span>
      </figcaption>
      <div ref={host} className={css.plot} style={{ minHeight: spec.height }} role="slider" tabIndex={0} aria-label={`${spec.title}${spec.unit ? ` in ${spec.unit}` : ''}`}
        aria-orientation="horizontal" aria-valuemin={Math.min(...ends, place ?? 0)} aria-valuemax={Math.max(...ends, 0)} aria-valuenow={place ?? 0} aria-valuetext={words}
        onKeyDown={press} onFocus={focus} onBlur={() => { useStore.getState().setCrosshair(null); }} data-testid={`chart-${spec.id}`} data-rows={length} />
      {spec.note && <p className={css.note}>{spec.note}</p>}
      <div className={css.foot}>
        <ValuesTable spec={spec} lines={lines} several={several} />
        <SaveMenu spec={spec} lines={lines} host={host} />
      </div>
    </figure>
  );
}

/** Where in rising places one lies. */
function nearest(places: ArrayLike<number>, x: number): number {
  let best = 0;
  for (let i = 1; i < places.length; i++) if (Math.abs(places[i]! - x) < Math.abs(places[best]! - x)) best = i;
  return best;
}
