import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { bytes, whole } from '#app/ui/common/format.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { visible } from '#lib/visible.ts';
import css from './data.module.css';
import { Pickers } from './pickers.tsx';
import { SkippedFiles } from './skipped-files.tsx';
import { Picture, Thumbnails } from './thumbnails.tsx';

export function DataPanel() {
  const dataset = useStore(s => s.dataset);
  const reading = useStore(s => s.ingest !== null);
  return (
    <Panel title="Images" note={dataset && !reading ? visible(dataset.name) : undefined}>
      {reading ? <Progress /> : <Pickers first={!dataset} />}
      {dataset && !reading && <Loaded />}
    </Panel>
  );
}

function Loaded() {
  const dataset = useStore(s => s.dataset);
  const folderChange = useStore(s => s.folderChange);
  if (!dataset) return null;
  const most = Math.max(...dataset.classes.slice(0, MOST_CLASSES).map(c => c.count));
  return (
    <>
      <dl className={css.facts}>
        <div><dt>Images</dt><dd data-testid="image-count">{whole(dataset.count)}</dd></div>
        <div><dt>Classes</dt><dd>{dataset.classes.length > 0 ? whole(dataset.classes.length) : 'none'}</dd></div>
        <div><dt>Pixels</dt><dd>{sides(dataset.sizes.smallest)}{sides(dataset.sizes.smallest) !== sides(dataset.sizes.largest) && <small> to {sides(dataset.sizes.largest)}</small>}</dd></div>
        <div><dt>In memory</dt><dd>{bytes(dataset.bytes)} <small>of at most {bytes(dataset.budget)}</small></dd></div>
      </dl>
      {folderChange && <p className={css.change} role="status">{visible(folderChange)}</p>}
      <Thumbnails />
      {dataset.classes.length > 0 && (
        <details className={css.more}>
          <summary>Classes</summary>
          <ul className={css.classes} tabIndex={0} aria-label="Classes and their number of images">
            {dataset.classes.slice(0, MOST_CLASSES).map(c => (
              <li key={c.name}><span>{visible(c.name)}</span><span>{whole(c.count)}</span><i style={{ inlineSize: `${(100 * c.count) / most}%` }} /></li>
            ))}
          </ul>
          {dataset.classes.length > MOST_CLASSES && <p className={css.hint}>The first {whole(MOST_CLASSES)} of {whole(dataset.classes.length)} are shown.</p>}
        </details>
      )}
      <SkippedFiles dataset={dataset} />
    </>
  );
}

const sides = ([width, height]: [number, number]) => `${width} x ${height}`;

/** Lines drawn. */
const MOST_CLASSES = 1000;

function Progress() {
  const ingest = useStore(s => s.ingest);
  const cancelLoad = useStore(s => s.cancelLoad);
  if (!ingest) return null;
  const { found, progress, previews } = ingest;
  const complete = progress?.complete ?? false;
  const words = () => {
    if (!progress) return found > 0 ? `Found ${whole(found)} files` : 'Getting images';
    const skipped = progress.skipped > 0 ? `, ${whole(progress.skipped)} skipped` : '';
    return `Reading images: ${whole(progress.done)} of ${whole(progress.total)}${complete ? '' : ' found so far'}${skipped}`;
  };
  return (
    <div className={css.progress}>
      <p role="status" data-testid="ingest-progress">{words()}</p>
      <progress aria-label="Reading images" {...(progress && complete ? { value: progress.done, max: Math.max(1, progress.total) } : {})} />
      <Button onClick={cancelLoad}>Cancel</Button>
      {previews.length > 0 && (
        <ul className={css.grid} aria-label="The first images" data-testid="previews">
          {previews.map(t => <li key={t.index} className={css.preview} title={visible(t.path)}><Picture thumbnail={t} /></li>)}
        </ul>
      )}
    </div>
  );
}
