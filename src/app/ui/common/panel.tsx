import { useId, type ReactNode } from 'react';
import css from './panel.module.css';

interface Props {
  title: string;
  /** A few words beside the title. */
  note?: ReactNode;
  /** Controls at the right of the title. */
  tools?: ReactNode;
  className?: string | undefined;
  children: ReactNode;
}

export function Panel({ title, note, tools, className, children }: Props) {
  const id = useId();
  return (
    <section className={`${css.panel} ${className ?? ''}`} aria-labelledby={id}>
      <header className={css.head}>
        <h2 id={id} className={css.title}>{title}</h2>
        {note !== undefined && <span className={css.note}>{note}</span>}
        {tools !== undefined && <div className={css.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  );
}
