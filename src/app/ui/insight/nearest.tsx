import { useMemo } from 'react';
import type { NearestPatches, SimilarityMaps } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import { around } from '#lib/around.ts';
import css from './insight.module.css';
import { Searching } from './searching.tsx';
import { Thumb } from './thumb.tsx';
import { nameOf } from './use-shown.ts';
import { placeOf } from './words.ts';

/** The patches of the whole dataset that are most like the chosen one. */
export function Nearest({ maps }: { maps: SimilarityMaps }) {
  const count = useStore(s => s.dataset?.count ?? 0);
  const search = useStore(s => (s.search?.task === 'nearest' ? s.search : null));
  const nearest = useStore(s => s.nearest);
  const findNearest = useStore(s => s.findNearest);
  if (count === 0) return null;
  return (
    <section className={css.nearest} aria-label="Most alike in all images">
      {search ? <Searching search={search} label="Searching for patches" /> : <Button onClick={() => { void findNearest(); }}>Find the most alike in all {whole(count)} images</Button>}
      {nearest && nearest.grid === maps.grid && <Found nearest={nearest} asked={nearest.index === maps.pictures[0]?.index && nearest.patch === maps.patch} />}
    </section>
  );
}

function Found({ nearest, asked }: { nearest: NearestPatches; asked: boolean }) {
  const chooseImage = useStore(s => s.chooseImage);
  const choose = useStore(s => s.choose);
  const { found, grid, side, step, images, patch } = nearest;
  const cuts = useMemo(() => found.map(f => around(f.picture.pixels, side, grid, f.patch)), [found, side, grid]);
  if (found.length === 0) return <p className={css.key}>There is no other image to search.</p>;
  return (
    <>
      <p className={css.key}>The best patch of each of {whole(images)} images, at step {whole(step)}{asked ? '' : `, for the patch at ${placeOf(patch, grid)} chosen before`}. The outlined patch is meant, the rest is what surrounds it.</p>
      <ol className={css.found} data-testid="nearest">
        {found.map((f, i) => (
          <li key={f.picture.index}>
            <button type="button" aria-label={`${nameOf(f.picture)}, ${placeOf(f.patch, grid)}, likeness ${f.similarity.toFixed(3)}. Look from there.`} title={nameOf(f.picture)}
              onClick={() => { chooseImage(f.picture.index); choose({ patch: f.patch }); }}>
              <span className={css.cut}><Thumb width={cuts[i]!.side} height={cuts[i]!.side} pixels={cuts[i]!.pixels} /><i /></span>
              <small>{f.similarity.toFixed(3)}</small>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
