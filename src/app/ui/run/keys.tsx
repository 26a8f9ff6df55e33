import { useRef } from 'react';
import { Button } from '#app/ui/common/button.tsx';
import css from './keys.module.css';

/** What can be pressed, where. `Tab` and `Enter` go without saying. */
const KEYS = [
  ['Anywhere', [['Space', 'Pause and continue the run'], ['→', 'One step of a paused run']]],
  ['Thumbnails', [['← →', 'The image before or after it']]],
  ['Tabs of “What it sees”', [['← →', 'The tab before or after it'], ['Home End', 'The first and the last tab']]],
  ['A picture whose patches can be chosen', [['← → ↑ ↓', 'From patch to patch'], ['Home End', 'To the ends of the row'], ['Esc', 'Back from the patch to the class token']]],
  ['Sliders and lists', [['← → ↑ ↓', 'Change the value']]],
] as const;

/** The list of keys, on request. */
export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <Button kind="quiet" aria-haspopup="dialog" onClick={() => { dialog.current?.showModal(); }}>Keys</Button>
      <dialog ref={dialog} className={css.dialog} aria-labelledby="keys-title">
        <h2 id="keys-title">Keys</h2>
        {KEYS.map(([where, keys]) => (
          <section key={where} aria-label={where}>
            <h3>{where}</h3>
            <dl>
              {keys.map(([key, what]) => <div key={what}><dt>{key.split(' ').map(k => <kbd key={k}>{k}</kbd>)}</dt><dd>{what}</dd></div>)}
            </dl>
          </section>
        ))}
        <p>Everything can be reached with Tab. The words beside the run’s buttons lead to each part of the page.</p>
        <Button kind="primary" autoFocus onClick={() => { dialog.current?.close(); }}>Close</Button>
      </dialog>
    </>
  );
}
