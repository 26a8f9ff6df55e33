import { useState } from 'react';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import { visible } from '#lib/visible.ts';
import css from './dataset.module.css';
import { Thumb } from './thumb.tsx';
import { useThumbnails } from './use-thumbnails.ts';

const PAGE = 36;

/** Images of the dataset in their order; each can be made the one that is looked at. */
export function ImageGrid({ label, indices, noteOf, testId }: { label: string; indices: readonly number[]; noteOf?: (place: number) => string; testId: string }) {
  const chooseImage = useStore(s => s.chooseImage);
  const current = useStore(s => s.imageIndex);
  const [shown, setShown] = useState(PAGE);
  const thumbnails = useThumbnails(indices.slice(0, shown));
  const name = (i: number) => visible(thumbnails[i]?.path ?? `image ${indices[i]! + 1}`);
  return (
    <>
      <ul className={css.grid} aria-label={label} data-testid={testId}>
        {thumbnails.map((t, i) => (
          <li key={indices[i]}>
            <button type="button" aria-pressed={indices[i] === current} aria-label={`${name(i)}${noteOf ? `, ${noteOf(i)}` : ''}. Look at it.`} title={name(i)} onClick={() => { chooseImage(indices[i]!); }}>
              <span>{t && <Thumb {...t} />}</span>
              {noteOf && <small>{noteOf(i)}</small>}
            </button>
          </li>
        ))}
      </ul>
      {indices.length > shown && <Button kind="quiet" onClick={() => { setShown(shown + 2 * PAGE); }}>Show more of {whole(indices.length)}</Button>}
    </>
  );
}
