import { type KeyboardEvent, type MouseEvent, type ReactNode, useId } from 'react';
import { useStore } from '#app/store/store.ts';
import css from './insight.module.css';
import { placeOf } from './words.ts';

interface Props {
  /** What the picture shows. */
  label: string;
  grid: number;
  /** null: none is chosen. */
  patch: number | null;
  onPatch: (patch: number | null) => void;
  /** What Escape goes back to; without it there always is a patch. */
  none?: string;
  children: ReactNode;
}

/** A picture whose patches can be chosen, by a click or by arrow keys. */
export function PatchPicker({ label, grid, patch, onPatch, none, children }: Props) {
  const help = useId();
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -grid], End: [0, grid] }[event.key];
    // What was asked for last: the picture shows it only once the network has answered, and keys come faster.
    const from = useStore.getState().choices.patch ?? patch;
    if (event.key === 'Escape' && none && from !== null) onPatch(null);
    else if (step) {
      const middle = Math.floor(grid / 2);
      const [y, x] = from === null ? [middle, middle] : [Math.floor(from / grid) + step[0]!, from % grid + step[1]!];
      const inside = (n: number) => Math.max(0, Math.min(grid - 1, n));
      onPatch(inside(y) * grid + inside(x));
    } else return;
    event.preventDefault();
  };
  const click = (event: MouseEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const along = (at: number, size: number) => Math.max(0, Math.min(grid - 1, Math.floor((at / size) * grid)));
    onPatch(along(event.clientY - box.top, box.height) * grid + along(event.clientX - box.left, box.width));
  };
  const side = 100 / grid;
  return (
    <div className={css.picker} role="application" tabIndex={0} aria-roledescription="patch picker" aria-label={`${label}. ${patch === null ? none ?? 'No patch' : `Patch at ${placeOf(patch, grid)}`}`}
      aria-describedby={help} data-patch={patch ?? ''} onKeyDown={press} onClick={click}>
      {children}
      {patch !== null && <i className={css.chosen} style={{ left: `${(patch % grid) * side}%`, top: `${Math.floor(patch / grid) * side}%`, width: `${side}%`, height: `${side}%` }} />}
      <span id={help} className={css.unseen}>Arrow keys move from patch to patch, Home and End to the ends of the row{none ? ', Escape goes back' : ''}.</span>
      <output className={css.unseen}>{patch === null ? none : placeOf(patch, grid)}</output>
    </div>
  );
}
