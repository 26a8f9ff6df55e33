import { useRef, type FocusEvent, type KeyboardEvent, type RefObject } from 'react';
import { Button } from '#app/ui/common/button.tsx';
import { download } from '#app/ui/common/csv.ts';
import type { ChartSpec } from './chart-spec.ts';
import css from './charts.module.css';
import type { Line } from './lines.ts';
import { chartCsv, chartPng } from './save.ts';

/** Takes one chart away, as a picture or as numbers. */
export function SaveMenu({ spec, lines, host }: { spec: ChartSpec; lines: readonly Line[]; host: RefObject<HTMLElement | null> }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => { if (menu.current) menu.current.open = false; };
  const picture = async () => {
    const png = host.current && await chartPng(spec, lines, host.current);
    if (png) download(`glimpse-${spec.id}.png`, png);
  };
  return (
    <details ref={menu} className={css.save}
      onBlur={(event: FocusEvent) => { if (!event.currentTarget.contains(event.relatedTarget)) close(); }}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        close();
        menu.current?.querySelector('summary')?.focus();
      }}>
      <summary aria-label={`Save “${spec.title}”`}>Save</summary>
      <div className={css.choices}>
        <Button kind="quiet" onClick={() => { void picture().finally(close); }}>Picture (PNG)</Button>
        <Button kind="quiet" onClick={() => { download(`glimpse-${spec.id}.csv`, chartCsv(lines)); close(); }}>Numbers (CSV)</Button>
      </div>
    </details>
  );
}
