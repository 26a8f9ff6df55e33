import { type ReactNode, useState } from 'react';
import { cells, COLUMNS } from '#contract/profile-text.ts';
import { type KernelRow, kernelRows, type ProfileReport } from '#contract/profile.ts';
import { Button } from '#app/ui/common/button.tsx';
import css from './performance.module.css';

/** Kernels below this share of the GPU's time are shown on request. */
const SMALL = 0.01;

/** `tools` stand below it. */
export function KernelTable({ profile, tools }: { profile: ProfileReport; tools: ReactNode }) {
  const [all, setAll] = useState(false);
  const rows = kernelRows(profile);
  const large = rows.filter(r => r.share === null || r.share >= SMALL);
  const shown = all ? rows : large;
  const most = Math.max(...rows.map(r => r.share ?? 0));
  return (
    <div>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Kernels of a step">
        <table data-testid="kernel-table">
          <thead><tr>{COLUMNS.map(c => <th key={c} scope="col">{c}</th>)}</tr></thead>
          <tbody>{shown.map(r => <Row key={r.name} row={r} most={most} />)}</tbody>
        </table>
      </div>
      <div className={css.foot}>
        {large.length < rows.length && (
          <Button kind="quiet" aria-expanded={all} onClick={() => { setAll(!all); }}>
            {all ? 'Hide the small ones' : `Show ${rows.length - large.length} more, each below ${100 * SMALL} %`}
          </Button>
        )}
        <div className={css.tools}>{tools}</div>
      </div>
    </div>
  );
}

function Row({ row, most }: { row: KernelRow; most: number }) {
  const [name, share, ...rest] = cells(row);
  return (
    <tr>
      <th scope="row">{name}<code>{row.kernel}</code></th>
      <td className={css.share}>
        <span>{share}</span>
        {row.share !== null && most > 0 && <i style={{ inlineSize: `${100 * row.share / most}%` }} />}
      </td>
      {rest.map((text, i) => <td key={COLUMNS[i + 2]}>{text}</td>)}
    </tr>
  );
}
