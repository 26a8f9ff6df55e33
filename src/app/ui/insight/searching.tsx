import { useStore } from '#app/store/store.ts';
import type { Search } from '#app/store/view-slice.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import css from './insight.module.css';

const SAID = {
  images: ({ done, total }: Search) => done === 0 ? 'Searching all images' : `Searched ${whole(done)} of ${whole(total)} images`,
  neighbors: ({ done, total }: Search) => `Found the neighbours of ${whole(done)} of ${whole(total)} images`,
  layout: ({ done, total }: Search) => `Laying out the map: ${whole(done)} of ${whole(total)} rounds`,
};

/** How far a search through the whole dataset is, and a way to end it. */
export function Searching({ search, label }: { search: Search; label: string }) {
  const training = useStore(s => s.runState === 'training');
  const cancel = useStore(s => s.cancelSearch);
  return (
    <div className={css.searching}>
      <p role="status">{SAID[search.stage](search)}</p>
      <progress aria-label={label} value={search.done} max={Math.max(1, search.total)} />
      <Button onClick={cancel}>Cancel</Button>
      {training && <p className={css.key}>It rests between batches, so that training keeps its pace. Pause training to have it sooner.</p>}
    </div>
  );
}
