import { isLive } from '#app/store/run-slice.ts';
import { useOffline } from '#app/store/offline.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from './button.tsx';
import css from './version-note.module.css';

/** Says that a newer version lies ready. It never takes over by itself, and while a run is live it offers nothing to press. */
export function VersionNote() {
  const newer = useOffline(s => s.newer);
  const live = useStore(s => isLive(s.runState));
  return (
    <div role="status" className={css.region} data-testid="version-note">
      {newer && (
        <p className={css.note}>
          <span>A new version is ready{live ? ': reload once this run is over.' : '.'}</span>
          {!live && <Button kind="quiet" onClick={() => { location.reload(); }}>Reload</Button>}
        </p>
      )}
    </div>
  );
}

/** A word in the page's head, once it is true. */
export function OfflineHint() {
  const kept = useOffline(s => s.kept);
  if (!kept) return null;
  return <p className={css.hint} title="The page is kept in this browser: it starts without a network, too" data-testid="offline-hint">Works offline</p>;
}
