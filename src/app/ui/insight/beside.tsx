import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { BESIDE } from '#app/store/view-slice.ts';
import css from './insight.module.css';
import { Thumb } from './thumb.tsx';

/** Which images stand beside the one looked at: those after it in the dataset, or some that are chosen here. */
export function Beside({ most = BESIDE }: { most?: number }) {
  const thumbnails = useStore(s => s.thumbnails);
  const beside = useStore(s => s.choices.beside);
  const own = useStore(s => s.imageIndex);
  const choose = useStore(s => s.choose);
  const others = thumbnails.filter(t => t.index !== own);
  if (others.length === 0) return null;
  const toggle = (index: number) => {
    const now = beside ?? [];
    const next = now.includes(index) ? now.filter(i => i !== index) : [...now, index].slice(-most);
    choose({ beside: next.length ? next : null });
  };
  return (
    <details className={css.numbers}>
      <summary>{most === 1 ? 'Choose the second image' : 'Choose the images beside it'}</summary>
      <div className={css.choices} role="group" aria-label={most === 1 ? 'Second image' : `Images beside it, at most ${most}`}>
        {others.map(t => (
          <button key={t.index} type="button" aria-pressed={beside?.includes(t.index) ?? false} aria-label={t.path} title={t.path} onClick={() => { toggle(t.index); }}><Thumb {...t} /></button>
        ))}
      </div>
      {beside ? <Button kind="quiet" onClick={() => { choose({ beside: null }); }}>Take the next ones in the dataset</Button> : <p className={css.key}>Now: the next ones in the dataset.</p>}
    </details>
  );
}
