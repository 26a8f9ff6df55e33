import type { Theme } from '#app/store/view-slice.ts';
import { useStore } from '#app/store/store.ts';
import mark from '#app/ui/common/mark.svg';
import { OfflineHint } from '#app/ui/common/version-note.tsx';
import { Keys } from '#app/ui/run/keys.tsx';
import css from './app.module.css';

export function Header() {
  const device = useStore(s => s.device);
  const theme = useStore(s => s.theme);
  const setTheme = useStore(s => s.setTheme);
  return (
    <header className={css.header}>
      <img src={mark} alt="" width="30" height="30" />
      <h1>Glimpse</h1>
      <p className={css.tagline}>Trains a vision transformer on your own images, in this browser. Nothing leaves your machine.</p>
      {device?.ok !== false && (
        <p className={css.device} role="status" title="The device that computes">{device ? <><span>{device.software ? 'Processor' : 'GPU'}</span> {device.name}</> : 'Looking for a GPU'}</p>
      )}
      <OfflineHint />
      {device?.ok !== false && <Keys />}
      <label className={css.theme}><span>Theme</span>
        <select value={theme} onChange={e => { setTheme(e.currentTarget.value as Theme); }}>
          <option value="system">System</option><option value="light">Light</option><option value="dark">Dark</option>
        </select>
      </label>
    </header>
  );
}
