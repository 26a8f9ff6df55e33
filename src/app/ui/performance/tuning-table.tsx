import type { TunedProduct, TuningReport } from '#contract/trainer.ts';
import { figure, percent } from '#app/ui/common/format.ts';
import css from './tuning-table.module.css';

const MODES: Record<TuningReport['mode'], string> = {
  tuned: 'Kernels are those measured as fastest on this device.',
  fixed: 'Kernels are those of the fixed table: the option Kernels is set to fixed.',
};

const kernel = (tile: string, splits: number): string => splits > 1 ? `${tile}, ${splits} slices` : tile;
const rate = (gflops: number | null): string => gflops === null ? '–' : figure(gflops, 3);

/** Which kernel each matrix product of the run takes, how fast it is, and why it was chosen. */
export function TuningTable({ report }: { report: TuningReport }) {
  const rejected = report.products.flatMap(p => p.rejected.map(r => ({ ...r, product: p.name, key: `${p.key}/${r.candidate}` })));
  if (!report.products.length) return <p className={css.words}>{MODES[report.mode]} Start a run to see which.</p>;
  return (
    <div className={css.tuning}>
      <p className={css.words}>
        {MODES[report.mode]} {report.milliseconds > 0 && `Measuring took ${(report.milliseconds / 1000).toFixed(1)} s before this run.`} {report.forgetful}
      </p>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Kernels of the matrix products">
        <table data-testid="tuning-table">
          <caption>Matrix products on {report.device}, the costliest first; speeds in GFLOP/s</caption>
          <thead>
            <tr><th scope="col">Product</th><th scope="col">Share</th><th scope="col">Kernel</th><th scope="col">Speed</th><th scope="col">Default</th><th scope="col">Its speed</th><th scope="col">Why</th></tr>
          </thead>
          <tbody>{report.products.map(p => <Row key={p.key} product={p} />)}</tbody>
        </table>
      </div>
      {rejected.length > 0 && (
        <details className={css.rejected}>
          <summary>{rejected.length === 1 ? 'One kernel was rejected' : `${rejected.length} kernels were rejected`}</summary>
          <ul>{rejected.map(r => <li key={r.key}><b>{r.candidate}</b> for {r.product}: {r.reason}</li>)}</ul>
        </details>
      )}
    </div>
  );
}

function Row({ product: p }: { product: TunedProduct }) {
  return (
    <tr>
      <th scope="row">{p.name}</th><td>{percent(p.share)}</td>
      <td className={css.kernel}>{kernel(p.tile, p.splits)}</td><td>{rate(p.gflops)}</td>
      <td className={css.kernel}>{kernel(p.defaultTile, p.defaultSplits)}</td><td>{rate(p.defaultGflops)}</td>
      <td className={css.why}>{p.why}</td>
    </tr>
  );
}
