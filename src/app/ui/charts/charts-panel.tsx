import { useMemo } from 'react';
import { history, METRICS } from '#app/store/history.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { csv, download } from '#app/ui/common/csv.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { useColourScheme } from '#app/ui/common/theme.ts';
import { Chart } from './chart.tsx';
import { mainCharts, scheduleCharts } from './chart-spec.ts';
import css from './charts.module.css';

export function ChartsPanel() {
  const runConfig = useStore(s => s.runConfig);
  const any = useStore(s => s.latest !== null);
  const scheme = useColourScheme(); // charts take their colours when they are made
  const charts = useMemo(() => (runConfig ? mainCharts(runConfig) : []), [runConfig]);
  const schedules = useMemo(() => (runConfig ? scheduleCharts(runConfig) : []), [runConfig]);
  const [losses, ...others] = charts;
  return (
    <Panel title="Curves" tools={any ? <><Smoothing /><Button kind="quiet" onClick={downloadMetrics}>Download CSV</Button></> : undefined}>
      {!any && <p className={css.empty}>{runConfig ? 'The first step is being computed.' : 'Losses, the teacher\'s entropy and the gradient appear here, step by step, once you train.'}</p>}
      {any && losses && (
        <div className={css.charts}>
          <Chart key={scheme} spec={losses} />
          <div className={css.pair}>{others.map(spec => <Chart key={spec.id + scheme} spec={spec} />)}</div>
          <details className={css.schedules} open>
            <summary>Schedules</summary>
            <div className={css.four}>{schedules.map(spec => <Chart key={spec.id + scheme} spec={spec} small />)}</div>
          </details>
        </div>
      )}
    </Panel>
  );
}

function Smoothing() {
  const smoothing = useStore(s => s.smoothing);
  const setSmoothing = useStore(s => s.setSmoothing);
  return (
    <label className={css.smoothing}>
      Smoothing
      <input type="range" min="0" max="0.99" step="0.01" value={smoothing} onChange={e => { setSmoothing(Number(e.currentTarget.value)); }} />
      <output>{smoothing.toFixed(2)}</output>
    </label>
  );
}

function downloadMetrics(): void {
  const columns = METRICS.map(metric => history.column(metric));
  const rows = Array.from({ length: history.length }, (_, row) => columns.map(column => column[row]!));
  download('glimpse-metrics.csv', csv([METRICS, ...rows]));
}
