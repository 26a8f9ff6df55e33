import type { RunState } from '#contract/trainer.ts';
import { isLive, obstacle } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { clock, figure, percent, whole } from '#app/ui/common/format.ts';
import { download } from '#app/ui/common/csv.ts';
import { Icon } from '#app/ui/common/icon.tsx';
import { Panel } from '#app/ui/common/panel.tsx';
import css from './run.module.css';

const WORDS: Record<RunState, string> = {
  idle: 'Not started', preparing: 'Preparing the network', training: 'Training', paused: 'Paused',
  finished: 'Finished', stopped: 'Stopped', failed: 'Failed',
};

const ASKED = { pause: 'Pausing after the step under way', stop: 'Stopping after the step under way' };

export function RunPanel() {
  const state = useStore(s => s.runState);
  const asked = useStore(s => s.asked);
  const message = useStore(s => s.runMessage);
  const ready = useStore(s => obstacle(s) === null);
  const word = asked && state === 'training' ? ASKED[asked] : asked && state === 'preparing' ? 'Stopping once the network is prepared' : WORDS[state];
  return (
    <Panel title="Run" className={ready || isLive(state) ? css.ready : undefined}
      note={<span role="status" data-testid="run-state" data-state={state} className={state === 'failed' ? css.failed : undefined}>{word}{message && `: ${message}`}</span>}>
      <Controls />
      <Progress />
      <Figures />
      <Shares />
      <TakeAway />
    </Panel>
  );
}

function Controls() {
  const state = useStore(s => s.runState);
  const busy = useStore(s => s.busy);
  const reason = useStore(obstacle);
  const train = useStore(s => s.train);
  const pause = useStore(s => s.pause);
  const resume = useStore(s => s.resume);
  const singleStep = useStore(s => s.singleStep);
  const stop = useStore(s => s.stop);
  const live = isLive(state);
  const paused = state === 'paused';
  const preparing = state === 'preparing';
  const asked = useStore(s => s.asked);
  const blocked = !live && reason !== null;
  const why = blocked ? { 'aria-describedby': 'train-reason' } : {};
  // One button whose word changes: another in its place would take the focus away.
  const main = paused ? { icon: 'play', word: 'Continue', press: resume } as const
    : live ? { icon: 'pause', word: 'Pause', press: () => { void pause(); } } as const
      : { icon: 'play', word: state === 'idle' ? 'Train' : 'Train again', press: () => { void train(); } } as const;
  return (
    <>
      <div className={css.buttons} role="group" aria-label="Control of the run">
        <Button kind="primary" unavailable={blocked || busy || preparing} {...why} onClick={main.press}><Icon name={main.icon} />{main.word}</Button>
        <Button unavailable={busy || blocked || (live && !paused)} onClick={() => { void singleStep(); }}><Icon name="step" />Step</Button>
        <Button unavailable={!live || asked !== null || (busy && !preparing)} onClick={() => { void stop(); }}><Icon name="stop" />Stop</Button>
        <span className={css.keys}><kbd>Space</kbd> pause <kbd>→</kbd> step</span>
      </div>
      <Smaller />
      {blocked && <p id="train-reason" className={css.reason}>{reason}</p>}
    </>
  );
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

function Progress() {
  const step = useStore(s => s.latest?.step ?? 0);
  const steps = useStore(s => (s.runConfig ?? s.config).steps);
  const preparing = useStore(s => s.runState === 'preparing');
  const total = Number.isFinite(steps) ? Math.max(1, steps) : 1;
  return (
    <div className={css.progress}>
      <progress aria-label="Progress of the run" {...(preparing ? {} : { value: step, max: total })} />
      <p><span className={css.step}>Step <b data-testid="step">{whole(step)}</b> of {whole(total)}</span><span>{progressPercent(step, total)}</span></p>
    </div>
  );
}

/** Tenths while they are all that moves; never 100 before the end. */
function progressPercent(step: number, total: number): string {
  const share = (100 * step) / total;
  return `${share > 0 && share < 10 ? (Math.floor(share * 10) / 10).toFixed(1) : Math.floor(share)} %`;
}

const epochs = (n: number): string => n.toFixed(n < 10 ? 2 : 1);

function Figures() {
  const latest = useStore(s => s.latest);
  const config = useStore(s => s.runConfig ?? s.config);
  const images = useStore(s => s.dataset?.count ?? 0);
  const live = useStore(s => isLive(s.runState));
  const left = live && latest && latest.imagesPerSecond > 0 ? ((config.steps - latest.step) * config.batchSize) / latest.imagesPerSecond : null;
  const dash = '–';
  return (
    <dl className={`${css.figures} ${latest ? '' : css.empty}`}>
      <div><dt>Images/s</dt><dd data-testid="images-per-second">{latest ? figure(latest.imagesPerSecond, 3) : dash}</dd></div>
      <div><dt>Epoch</dt><dd>{latest && images > 0 ? epochs((latest.step * config.batchSize) / images) : dash}</dd></div>
      <div><dt>Elapsed</dt><dd>{latest ? clock(latest.elapsed) : dash}</dd></div>
      <div><dt>Time left</dt><dd>{left !== null ? clock(left) : dash}</dd></div>
      <div><dt>Loss</dt><dd data-testid="loss">{latest ? figure(latest.loss) : dash}</dd></div>
    </dl>
  );
}

/** What of the time goes into other things than the GPU's work. Some of it passes while the GPU computes. */
function Shares() {
  const latest = useStore(s => s.latest);
  if (!latest || latest.stepMs <= 0) return null;
  return (
    <dl className={css.shares}>
      <div><dt>Waiting for data</dt><dd data-testid="wait-share">{percent(latest.waitMs / latest.stepMs)}</dd></div>
      <div><dt>Encoding</dt><dd data-testid="encode-share">{percent(latest.encodeMs / latest.stepMs)}</dd></div>
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
