import { usePlaces } from '#app/ui/common/places.ts';
import css from './run-bar.module.css';

/** The way to each panel, for the eye and for the keyboard: its heading gets the focus. */
export function Jumps() {
  const places = usePlaces();
  return (
    <nav className={css.jumps} aria-label="Parts of the page">
      <ul>
        {places.map(({ title, heading }) => (
          <li key={title}>
            <button type="button" onClick={() => {
              heading.focus({ preventScroll: true });
              (heading.closest('section') ?? heading).scrollIntoView();
            }}>{title}</button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
