import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';
import css from './tabs.module.css';

interface Props<Id extends string> {
  label: string;
  tabs: readonly { id: Id; label: string }[];
  selected: Id;
  onSelect: (id: Id) => void;
  children: ReactNode;
}

/** Arrow keys, Home and End move between tabs and show them; Tab goes on to what is shown. */
export function Tabs<Id extends string>({ label, tabs, selected, onSelect, children }: Props<Id>) {
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = tabs.findIndex(t => t.id === selected);
  const move = (event: KeyboardEvent) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const place = (to + tabs.length) % tabs.length;
    onSelect(tabs[place]!.id);
    list.current?.querySelectorAll('button')[place]?.focus();
  };
  return (
    <>
      <div ref={list} className={css.list} role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map(({ id, label }) => (
          <button key={id} type="button" role="tab" id={`${base}-${id}`} className={css.tab} aria-selected={id === selected} aria-controls={`${base}-panel`}
            tabIndex={id === selected ? 0 : -1} onClick={() => { onSelect(id); }}>{label}</button>
        ))}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${selected}`} className={css.shown}>{children}</div>
    </>
  );
}
