import { useEffect, useRef, type KeyboardEvent } from 'react';
import type { Thumbnail } from '#contract/trainer.ts';
import { THUMBNAILS } from '#app/store/dataset-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import { visible } from '#lib/visible.ts';
import css from './data.module.css';

/** Some of the images, as a radio group: the checked one is looked at. Arrow keys move, one tab stop. */
export function Thumbnails() {
  const thumbnails = useStore(s => s.thumbnails);
  const page = useStore(s => s.thumbnailPage);
  const count = useStore(s => s.dataset?.count ?? 0);
  const chosen = useStore(s => s.imageIndex);
  const chooseImage = useStore(s => s.chooseImage);
  const showThumbnails = useStore(s => s.showThumbnails);
  const pages = Math.ceil(count / THUMBNAILS);
  const group = useRef<HTMLDivElement>(null);
  if (thumbnails.length === 0) return null;
  const stop = Math.max(0, thumbnails.findIndex(t => t.index === chosen));

  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const to = (stop + by + thumbnails.length) % thumbnails.length;
    chooseImage(thumbnails[to]!.index);
    group.current?.querySelectorAll('button')[to]?.focus();
  };

  return (
    <div>
      <div className={css.grid} ref={group} role="radiogroup" aria-label="Image to look at" onKeyDown={move}>
        {thumbnails.map((t, i) => (
          <button key={t.index} type="button" role="radio" className={css.thumbnail} aria-checked={t.index === chosen} aria-label={visible(t.path)} title={visible(t.path)}
            tabIndex={i === stop ? 0 : -1} onClick={() => { chooseImage(t.index); }}>
            <Picture thumbnail={t} />
          </button>
        ))}
      </div>
      <div className={css.below}>
        <span className={css.hint}>Choose one to see what the network looks at.</span>
        {pages > 1 && (
          <span className={css.pages} role="group" aria-label="Pages of images">
            <Button kind="quiet" aria-label="Images before these" onClick={() => { void showThumbnails((page + pages - 1) % pages); }}>‹</Button>
            <span role="status">{whole(page + 1)} of {whole(pages)}</span>
            <Button kind="quiet" aria-label="More images" onClick={() => { void showThumbnails((page + 1) % pages); }}>›</Button>
          </span>
        )}
      </div>
    </div>
  );
}

export function Picture({ thumbnail }: { thumbnail: Thumbnail }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { width, height, pixels } = thumbnail;
    canvas.current?.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  }, [thumbnail]);
  return <canvas ref={canvas} width={thumbnail.width} height={thumbnail.height} role="img" aria-label={visible(thumbnail.path)} />;
}
