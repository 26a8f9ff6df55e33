import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import { useColourScheme } from '#app/ui/common/theme.ts';
import css from './dataset.module.css';
import type { Group } from './groups.ts';
import insight from './insight.module.css';
import { enclosed, nearestPoint, neighbour } from './plot-geometry.ts';
import { paintPoints, radiusFor } from './scatter-paint.ts';
import { Thumb } from './thumb.tsx';
import { useThumbnails } from './use-thumbnails.ts';

interface Props {
  label: string;
  /** (points, 2), shares of the side. */
  places: Float32Array;
  groups: readonly Group[];
  /** The image of a point. */
  indexOf: (point: number) => number;
  /** What is said of a point beside its name. */
  about: (point: number) => string;
  /** The point whose image is looked at; null where it isn't on the map. */
  current: number | null;
  chosen: ReadonlySet<number> | null;
  onChoose: (points: readonly number[]) => void;
  onLook: (point: number) => void;
}

/** Pixels: within which a point is meant; a drag shorter than that is a click; between two places of a line. */
const REACH = 14;
const DRAG = 5;
const GRAIN = 2;
const DIRECTIONS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Points that can be looked at one by one, by pointer or arrow keys, and chosen many at a time, by a line drawn around them. */
export function Scatter({ label, places, groups, indexOf, about, current, chosen, onChoose, onLook }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const help = useId();
  const scheme = useColourScheme();
  const [size, setSize] = useState(0);
  const [cursor, setCursor] = useState<number | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  // The line as it is, which is ahead of the one that is drawn: events come faster than the page is.
  const drawn = useRef<(readonly [number, number])[]>([]);
  const [line, setLine] = useState<readonly (readonly [number, number])[]>([]);
  const draw = (places: (readonly [number, number])[]) => {
    drawn.current = places;
    setLine(places);
  };

  useEffect(() => {
    const resize = new ResizeObserver(() => { setSize(box.current?.clientWidth ?? 0); });
    resize.observe(box.current!);
    return () => { resize.disconnect(); };
  }, []);
  useEffect(() => {
    if (canvas.current && size > 0) paintPoints(canvas.current, places, groups, chosen, scheme, size, devicePixelRatio);
  }, [places, groups, chosen, scheme, size]);

  const known = (point: number | null) => point !== null && point < places.length / 2 ? point : null;
  const meant = known(hover) ?? known(cursor);
  const [thumbnail] = useThumbnails(meant === null ? [] : [indexOf(meant)]);
  const at = (event: PointerEvent) => {
    const frame = event.currentTarget.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height] as const;
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = DIRECTIONS[event.key];
    const from = known(cursor) ?? current ?? 0;
    if (direction) setCursor(known(cursor) === null ? from : neighbour(places, from, ...direction));
    else if (event.key === 'Enter') onLook(from);
    else if (event.key === ' ') onChoose(chosen?.has(from) ? [...chosen].filter(p => p !== from) : [...chosen ?? [], from]);
    else if (event.key === 'Escape' && chosen) onChoose([]);
    else return;
    setHover(null);
    event.preventDefault();
  };
  const move = (event: PointerEvent) => {
    const place = at(event);
    const last = drawn.current.at(-1);
    if (last) {
      if (Math.hypot(place[0] - last[0], place[1] - last[1]) * size > GRAIN) draw([...drawn.current, place]);
    } else setHover(nearestPoint(places, ...place, REACH / Math.max(1, size)));
  };
  const lift = (event: PointerEvent) => {
    const line = drawn.current;
    const [start] = line;
    draw([]);
    if (!start) return;
    const far = Math.max(...line.map(([x, y]) => Math.hypot(x - start[0], y - start[1]))) * size;
    if (far >= DRAG) {
      onChoose(enclosed(places, line));
      return;
    }
    const point = nearestPoint(places, ...at(event), REACH / Math.max(1, size));
    if (point === null) onChoose([]);
    else {
      setCursor(point);
      onLook(point);
    }
  };
  const ring = (point: number) => ({ left: `${100 * places[2 * point]!}%`, top: `${100 * places[2 * point + 1]!}%` });
  const said = meant === null ? '' : `${thumbnail?.path ?? `Image ${indexOf(meant) + 1}`}, ${about(meant)}${chosen?.has(meant) ? ', chosen' : ''}`;

  return (
    <div className={css.plot} ref={box} role="application" tabIndex={0} aria-roledescription="map of images" aria-label={label} aria-describedby={help} data-testid="map-plot" data-cursor={cursor ?? ''}
      onKeyDown={press} onFocus={() => { if (known(cursor) === null) setCursor(current ?? 0); }} onBlur={() => { setCursor(null); }} onPointerMove={move} onPointerUp={lift}
      onPointerDown={event => { if (event.button === 0) { event.currentTarget.setPointerCapture(event.pointerId); draw([at(event)]); setHover(null); } }}
      onPointerLeave={() => { setHover(null); }} onPointerCancel={() => { draw([]); }}>
      <canvas ref={canvas} aria-hidden="true" data-testid="map-canvas" />
      <svg viewBox="0 0 1 1" aria-hidden="true">{line.length > 1 && <polygon points={line.map(p => p.join(',')).join(' ')} />}</svg>
      {known(current) !== null && <i className={css.current} style={ring(current!)} />}
      {meant !== null && <i className={css.ring} style={{ ...ring(meant), width: 4 * radiusFor(places.length / 2), height: 4 * radiusFor(places.length / 2) }} />}
      {meant !== null && (
        <div className={css.card} data-side={places[2 * meant]! > 0.5 ? 'left' : 'right'} data-above={places[2 * meant + 1]! > 0.5 || undefined} style={ring(meant)} aria-hidden="true">
          {thumbnail && <Thumb {...thumbnail} />}<span>{said}</span>
        </div>
      )}
      <span id={help} className={insight.unseen}>Arrow keys move to the neighbouring image, Enter looks at it in all views, Space adds it to the chosen ones, Escape lets go of these.</span>
      <output className={insight.unseen}>{said}</output>
    </div>
  );
}
