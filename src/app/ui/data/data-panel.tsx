import { useRef } from 'react';
import { isLive } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { bytes, whole } from '#app/ui/common/format.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import css from './data.module.css';
import { readList } from './read-files.ts';
import { SkippedFiles } from './skipped-files.tsx';
import { Thumbnails } from './thumbnails.tsx';

export function DataPanel() {
  const dataset = useStore(s => s.dataset);
  const ingest = useStore(s => s.ingest);
  return (
    <Panel title="Images" note={dataset && !ingest ? dataset.name : undefined}>
      {ingest ? <Progress /> : <Pickers first={!dataset} />}
      {dataset && !ingest && (
        <>
          <dl className={css.facts}>
            <div><dt>Images</dt><dd data-testid="image-count">{whole(dataset.count)}</dd></div>
            <div><dt>Classes</dt><dd>{dataset.classes.length > 0 ? whole(dataset.classes.length) : 'none'}</dd></div>
            <div><dt>In memory</dt><dd>{bytes(dataset.bytes)}</dd></div>
          </dl>
          <Thumbnails />
          {dataset.classes.length > 0 && (
            <details className={css.more}>
              <summary>Classes</summary>
              <ul className={css.classes} tabIndex={0} aria-label="Classes and their number of images">
                {dataset.classes.map(c => <li key={c.name}><span>{c.name}</span><span>{whole(c.count)}</span></li>)}
              </ul>
            </details>
          )}
          <SkippedFiles skipped={dataset.skipped} />
        </>
      )}
    </Panel>
  );
}

function Pickers({ first }: { first: boolean }) {
  const loadFiles = useStore(s => s.loadFiles);
  const loadSample = useStore(s => s.loadSample);
  const live = useStore(s => isLive(s.runState));
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const chosen = (input: HTMLInputElement) => {
    if (input.files && input.files.length > 0) void loadFiles(readList(input.files));
    input.value = ''; // so that choosing the same folder again is a change
  };
  if (live) return <p className={css.hint}>The run uses these images. Stop it to choose others.</p>;
  return (
    <div className={first ? css.target : undefined}>
      {first && <p className={css.invite}><strong>Drop a folder of images anywhere on this page</strong><br />Sub-folders become classes. Nothing leaves this machine.</p>}
      <div className={css.buttons}>
        <Button kind={first ? 'primary' : 'plain'} onClick={() => folder.current?.click()}>Choose folder</Button>
        <Button onClick={() => files.current?.click()}>Choose images</Button>
        <Button onClick={() => { void loadSample(); }}>Sample images</Button>
      </div>
      <input ref={node => { folder.current = node; if (node) node.webkitdirectory = true; }} hidden type="file" aria-label="Folder of images" onChange={e => { chosen(e.currentTarget); }} />
      <input ref={files} hidden type="file" multiple accept="image/*" aria-label="Images" onChange={e => { chosen(e.currentTarget); }} />
    </div>
  );
}

function Progress() {
  const ingest = useStore(s => s.ingest);
  const cancelLoad = useStore(s => s.cancelLoad);
  if (!ingest) return null;
  const { found, progress } = ingest;
  const text = progress
    ? `Reading images: ${whole(progress.done)} of ${whole(progress.total)}${progress.skipped > 0 ? `, ${whole(progress.skipped)} skipped` : ''}`
    : found > 0 ? `Found ${whole(found)} files` : 'Getting images';
  return (
    <div className={css.progress}>
      <p role="status">{text}</p>
      <progress aria-label="Reading images" {...(progress ? { value: progress.done, max: Math.max(1, progress.total) } : {})} />
      <Button onClick={cancelLoad}>Cancel</Button>
    </div>
  );
}
