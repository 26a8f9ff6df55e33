import { useMemo } from 'react';
import { history, METRICS } from '#app/store/history.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { csv, download } from '#app/ui/common/csv.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { useColourScheme } from '#app/ui/common/theme.ts';
import { Chart } from './chart.tsx';
import { ChartControls } from './chart-controls.tsx';
import { mainCharts, oneEach, scheduleCharts, signCharts } from './chart-spec.ts';
import css from './charts.module.css';
import { Comparison } from './comparison.tsx';
import { useRuns } from './use-runs.ts';

export function ChartsPanel() {
  const begun = useStore(s => s.runConfig !== null);
  const current = useStore(s => s.latest !== null);
  const scheme = useColourScheme(); // charts take their colours when they are made
  const runs = useRuns();
  const several = runs.length > 1;
  const { large, pair, signs, schedules } = useMemo(() => {
    const [run] = runs;
    const [losses, ...others] = run ? mainCharts(run.config) : [];
    return {
      large: several || !losses ? [] : [losses], pair: several ? oneEach(losses ? [losses, ...others] : []) : others,
      signs: signCharts(), schedules: run ? scheduleCharts(runs.map(r => r.config)) : [],
    };
  }, [runs, several]);
  return (
    <Panel title="Curves" tools={current ? <Button kind="quiet" onClick={downloadMetrics}>Download CSV</Button> : undefined}>
      {runs.length === 0 && <p className={css.empty}>{begun ? 'The first step is being computed.' : 'Losses, the teacher\'s entropy and the gradient appear here, step by step, once you train.'}</p>}
      {runs.length > 0 && (
        <div className={css.charts}>
          <ChartControls />
          {(several || runs[0]!.line > 0) && <Comparison runs={runs} />}
          {large.map(spec => <Chart key={spec.id + scheme} spec={spec} runs={runs} />)}
          <div className={css.pair}>{pair.map(spec => <Chart key={spec.id + scheme} spec={spec} runs={runs} />)}</div>
          <details className={css.more} open>
            <summary>Signs of learning</summary>
            <div className={css.four}>{signs.map(spec => <Chart key={spec.id + scheme} spec={spec} runs={runs} small />)}</div>
          </details>
          <details className={css.more}>
            <summary>Schedules</summary>
            <div className={css.four}>{schedules.map(spec => <Chart key={spec.id + scheme} spec={spec} runs={runs} small />)}</div>
          </details>
        </div>
      )}
    </Panel>
  );
}

function downloadMetrics(): void {
  const columns = METRICS.map(metric => history.column(metric));
  const rows = Array.from({ length: history.length }, (_, row) => columns.map(column => column[row]!));
  download('glimpse-metrics.csv', csv([METRICS, ...rows]));
}
