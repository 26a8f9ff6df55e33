import { useId, useRef, type ReactNode } from 'react';
import css from './panel.module.css';
import { usePlace } from './places.ts';

interface Props {
  title: string;
  /** A few words beside the title. */
  note?: ReactNode;
  /** Controls at the right of the title. */
  tools?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, note, tools, children }: Props) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  usePlace(title, heading);
  return (
    <section className={css.panel} aria-labelledby={id}>
      <header className={css.head}>
        <h2 ref={heading} id={id} className={css.title} tabIndex={-1}>{title}</h2>
        {note !== undefined && <span className={css.note}>{note}</span>}
        {tools !== undefined && <div className={css.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  );
}
