import { useEffect, useRef } from 'react';
import { toFailure } from '#app/store/client.ts';
import { isLive } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { visible } from '#lib/visible.ts';
import css from './data.module.css';
import { readHandle, readList } from './read-files.ts';
import { reconnect } from './reconnect.ts';

/** What the libraries of TypeScript don't know yet: Chromium has it, others don't. */
interface Folders { showDirectoryPicker?: (options: { id: string; mode: 'read' }) => Promise<FileSystemDirectoryHandle> }

/** The ways to bring images in, beside dropping them. */
export function Pickers({ first }: { first: boolean }) {
  const loadFiles = useStore(s => s.loadFiles);
  const loadSample = useStore(s => s.loadSample);
  const addFailure = useStore(s => s.addFailure);
  const live = useStore(s => isLive(s.runState));
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);

  const chosen = (input: HTMLInputElement) => {
    if (!input.files || input.files.length === 0) return;
    // Emptied at the end, so that choosing the same folder again is a change: the list that is being read empties with it.
    void loadFiles(readList(input.files)).finally(() => { input.value = ''; });
  };
  const chooseFolder = async () => {
    const { showDirectoryPicker } = window as unknown as Folders;
    if (!showDirectoryPicker) {
      folder.current?.click();
      return;
    }
    try {
      const handle = await showDirectoryPicker.call(window, { id: 'images', mode: 'read' });
      await loadFiles(readHandle(handle));
    } catch (error) {
      // Closed without a choice.
      if (!(error instanceof DOMException && error.name === 'AbortError')) addFailure(toFailure(error));
    }
  };

  if (live) return <p className={css.hint}>The run uses these images. Stop it to choose others.</p>;
  return (
    <div className={first ? css.target : undefined}>
      {first && <p className={css.invite}><strong>Drop a folder of images anywhere on this page</strong><br />Or single images, or zip archives. Sub-folders become classes. Nothing leaves this machine.</p>}
      <div className={css.buttons}>
        <Button kind={first ? 'primary' : 'plain'} onClick={() => { void chooseFolder(); }}>Choose folder</Button>
        <Button onClick={() => files.current?.click()}>Choose images or zip</Button>
        <Button onClick={() => { void loadSample(); }}>Sample images</Button>
      </div>
      {first && <Reconnect />}
      <input ref={node => { folder.current = node; if (node) node.webkitdirectory = true; }} hidden type="file" aria-label="Folder of images" onChange={e => { chosen(e.currentTarget); }} />
      <input ref={files} hidden type="file" multiple accept="image/*,.zip,application/zip" aria-label="Images" onChange={e => { chosen(e.currentTarget); }} />
    </div>
  );
}

/** Folders of earlier visits: the browser asks once more before it lets the page read them. */
function Reconnect() {
  const folders = useStore(s => s.folders);
  const findFolders = useStore(s => s.findFolders);
  useEffect(() => { void findFolders(); }, [findFolders]);

  if (folders.length === 0) return null;
  return (
    <ul className={css.known} aria-label="Folders of earlier visits">
      {folders.map(f => (
        <li key={f.hash}>
          <Button kind="quiet" onClick={() => { void reconnect(f); }}>Reconnect {visible(f.name)}</Button>
          <span className={css.hint}>{f.count.toLocaleString('en')} images</span>
        </li>
      ))}
    </ul>
  );
}
