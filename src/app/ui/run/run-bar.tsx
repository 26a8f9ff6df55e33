import type { RunState } from '#contract/trainer.ts';
import { isLive, obstacle } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { clock, whole } from '#app/ui/common/format.ts';
import { Icon } from '#app/ui/common/icon.tsx';
import { Jumps } from './jumps.tsx';
import { secondsLeft } from './pace.ts';
import css from './run-bar.module.css';

const WORDS: Record<RunState, string> = {
  idle: 'Not started', preparing: 'Preparing the network', training: 'Training', paused: 'Paused',
  finished: 'Finished', stopped: 'Stopped', failed: 'Failed',
};

const ASKED = { pause: 'Pausing after the step under way', stop: 'Stopping after the step under way' };

/** What a run is steered by, and the way to each panel: in reach wherever the page is scrolled to. */
export function RunBar() {
  return (
    <div className={css.bar}>
      <div className={css.run}>
        <Controls />
        <Now />
      </div>
      <Jumps />
    </div>
  );
}

function Controls() {
  const state = useStore(s => s.runState);
  const busy = useStore(s => s.busy);
  const blocked = useStore(s => !isLive(s.runState) && obstacle(s) !== null);
  const train = useStore(s => s.train);
  const pause = useStore(s => s.pause);
  const resume = useStore(s => s.resume);
  const singleStep = useStore(s => s.singleStep);
  const stop = useStore(s => s.stop);
  const live = isLive(state);
  const paused = state === 'paused';
  const preparing = state === 'preparing';
  const asked = useStore(s => s.asked);
  const why = blocked ? { 'aria-describedby': 'train-reason' } : {};
  // One button whose word changes: another in its place would take the focus away.
  const main = paused ? { icon: 'play', word: 'Continue', press: resume } as const
    : live ? { icon: 'pause', word: 'Pause', press: () => { void pause(); } } as const
      : { icon: 'play', word: state === 'idle' ? 'Train' : 'Train again', press: () => { void train(); } } as const;
  return (
    <div className={css.buttons} role="group" aria-label="Control of the run">
      <Button kind="primary" unavailable={blocked || busy || preparing} {...why} onClick={main.press}><Icon name={main.icon} />{main.word}</Button>
      <Button unavailable={busy || blocked || (live && !paused)} onClick={() => { void singleStep(); }}><Icon name="step" />Step</Button>
      <Button unavailable={!live || asked !== null || (busy && !preparing)} onClick={() => { void stop(); }}><Icon name="stop" />Stop</Button>
    </div>
  );
}

/** Where the run is; before one, what keeps it from starting. */
function Now() {
  const state = useStore(s => s.runState);
  const asked = useStore(s => s.asked);
  const reason = useStore(s => (isLive(s.runState) ? null : obstacle(s)));
  const step = useStore(s => s.latest?.step ?? 0);
  const steps = useStore(s => (s.runConfig ?? s.config).steps);
  const left = useStore(secondsLeft);
  const word = asked && state === 'training' ? ASKED[asked] : asked && state === 'preparing' ? 'Stopping once the network is prepared' : WORDS[state];
  const total = Number.isFinite(steps) ? Math.max(1, steps) : 1;
  return (
    <div className={css.now}>
      <p className={css.where}>
        <b role="status" data-testid="run-state" data-state={state} className={state === 'failed' ? css.failed : undefined}>{word}</b>
        <span>Step <b data-testid="step">{whole(step)}</b> of {whole(total)}</span>
        <span>{progressPercent(step, total)}</span>
      </p>
      {reason === null ? (
        <p className={css.way}>
          <progress aria-label="Progress of the run" {...(state === 'preparing' ? {} : { value: step, max: total })} />
          {left !== null && <span>{clock(left)} left</span>}
        </p>
      ) : <p id="train-reason" className={css.reason}>{reason}</p>}
    </div>
  );
}

/** Tenths while they are all that moves; never 100 before the end. */
function progressPercent(step: number, total: number): string {
  const share = (100 * step) / total;
  return `${share > 0 && share < 10 ? (Math.floor(share * 10) / 10).toFixed(1) : Math.floor(share)} %`;
}
