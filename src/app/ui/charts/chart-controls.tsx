import type { XAxis } from '#app/store/charts-slice.ts';
import { useStore } from '#app/store/store.ts';
import css from './charts.module.css';

const AXES: readonly (readonly [XAxis, string])[] = [['step', 'Steps'], ['epoch', 'Epochs'], ['time', 'Time']];

/** How all curves are drawn. */
export function ChartControls() {
  const smoothing = useStore(s => s.smoothing);
  const xAxis = useStore(s => s.xAxis);
  const logAxis = useStore(s => s.logAxis);
  const ignoreOutliers = useStore(s => s.ignoreOutliers);
  const { setSmoothing, setXAxis, setLogAxis, setIgnoreOutliers } = useStore.getState();
  return (
    <div className={css.controls} role="group" aria-label="How the curves are drawn">
      <label className={css.smoothing}>
        Smoothing
        <input type="range" min="0" max="0.99" step="0.01" value={smoothing} onChange={e => { setSmoothing(Number(e.currentTarget.value)); }} />
        <output>{smoothing.toFixed(2)}</output>
      </label>
      <label>
        Over
        <select value={xAxis} onChange={e => { setXAxis(e.currentTarget.value as XAxis); }}>
          {AXES.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
        </select>
      </label>
      <label><input type="checkbox" checked={logAxis} onChange={e => { setLogAxis(e.currentTarget.checked); }} />Logarithmic</label>
      <label><input type="checkbox" checked={ignoreOutliers} onChange={e => { setIgnoreOutliers(e.currentTarget.checked); }} />Ignore outliers</label>
    </div>
  );
}
