import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { clock, figure, percent, whole } from '#app/ui/common/format.ts';
import { download } from '#app/ui/common/csv.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { secondsLeft } from './pace.ts';
import css from './run.module.css';

/** The run in figures; it is steered from the bar above. */
export function RunPanel() {
  return (
    <Panel title="Run">
      <Message />
      <Smaller />
      <Figures />
      <details className={css.about}>
        <summary>What these say</summary>
        <p>All are of the last ten steps, and leave pauses out. <b>GPU at work</b> is the share of the time in which a step of this run lay in the GPU’s queue; how well it computes meanwhile, Performance says. <b>Waiting for data</b> and <b>encoding</b> (preparing the GPU’s work in JavaScript) mostly pass while the GPU computes: only where they leave its queue empty do they cost time.</p>
      </details>
      <TakeAway />
    </Panel>
  );
}

/** Why the run failed, or paused by itself. */
function Message() {
  const failed = useStore(s => s.runState === 'failed');
  const message = useStore(s => s.runMessage);
  return message ? <p className={failed ? css.failed : css.message} data-testid="run-message">{message}</p> : null;
}

/** Of a run that didn't fit the GPU. */
function Smaller() {
  const microBatch = useStore(s => s.fittingMicroBatch);
  const trainSmaller = useStore(s => s.trainSmaller);
  if (microBatch === null) return null;
  return (
    <p className={css.smaller} role="status">
      It fits when a batch is computed in pieces of {whole(microBatch)}, with the same result.
      <Button onClick={() => { void trainSmaller(); }}>Train in pieces of {whole(microBatch)}</Button>
    </p>
  );
}

const epochs = (n: number): string => n.toFixed(n < 10 ? 2 : 1);
const DASH = '–';

function Figures() {
  const latest = useStore(s => s.latest);
  const batch = useStore(s => (s.runConfig ?? s.config).batchSize);
  const images = useStore(s => s.dataset?.count ?? 0);
  const left = useStore(secondsLeft);
  const share = (ms: number | undefined) => (ms !== undefined && latest && latest.stepMs > 0 ? percent(Math.min(1, Math.max(0, ms / latest.stepMs))) : DASH);
  const busy = latest?.idleMs === undefined ? undefined : latest.stepMs - latest.idleMs;
  return (
    <dl className={css.figures}>
      <div><dt>Images/s</dt><dd data-testid="images-per-second">{latest ? figure(latest.imagesPerSecond, 3) : DASH}</dd></div>
      <div><dt>Epoch</dt><dd>{latest && images > 0 ? epochs((latest.step * batch) / images) : DASH}</dd></div>
      <div><dt>Loss</dt><dd data-testid="loss">{latest ? figure(latest.loss) : DASH}</dd></div>
      <div><dt>Elapsed</dt><dd>{latest ? clock(latest.elapsed) : DASH}</dd></div>
      <div><dt>Time left</dt><dd>{left !== null ? clock(left) : DASH}</dd></div>
      <div><dt>GPU at work</dt><dd data-testid="gpu-share">{share(busy)}</dd></div>
      <div><dt>Waiting for data</dt><dd data-testid="wait-share">{share(latest?.waitMs)}</dd></div>
      <div><dt>Encoding</dt><dd data-testid="encode-share">{share(latest?.encodeMs)}</dd></div>
    </dl>
  );
}

/** The model as a file, from the first step on. */
function TakeAway() {
  const latest = useStore(s => s.latest);
  const exportModel = useStore(s => s.exportModel);
  if (!latest) return null;
  const save = async () => {
    const model = await exportModel();
    if (model) download(`glimpse-teacher-${latest.step}.safetensors`, model);
  };
  return (
    <p className={css.takeaway}>
      <Button kind="quiet" onClick={() => { void save(); }}>Download model</Button>
      <span>The teacher’s backbone, for timm.</span>
    </p>
  );
}
