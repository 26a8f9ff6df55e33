import { useEffect, useState } from 'react';
import { useStore } from '#app/store/store.ts';
import css from './data.module.css';
import { readDrop, readList } from './read-files.ts';

/** The whole window takes files, dropped or pasted; while they are dragged over it, it says so. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  const loadFiles = useStore(s => s.loadFiles);

  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    // Every element that the pointer crosses enters and leaves: the window is left when as many were left as entered.
    let depth = 0;
    const on = <K extends keyof WindowEventMap>(type: K, listener: (event: WindowEventMap[K]) => void) => {
      window.addEventListener(type, listener, { signal });
    };
    on('dragenter', event => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth++;
      setOver(true);
    });
    on('dragover', event => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    });
    on('dragleave', event => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    });
    on('drop', event => {
      depth = 0;
      setOver(false);
      // A part of the page may have taken them for itself.
      if (event.defaultPrevented || !event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      void loadFiles(readDrop(event.dataTransfer));
    });
    on('paste', event => {
      const files = event.clipboardData?.files;
      if (files && files.length > 0) void loadFiles(readList(files));
    });
    return () => { stop.abort(); };
  }, [loadFiles]);

  if (!over) return null;
  return <div className={css.overlay} aria-hidden="true"><p>Drop to use these images<small>They stay on this machine</small></p></div>;
}
