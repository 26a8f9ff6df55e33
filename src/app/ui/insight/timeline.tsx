import { useEffect, useMemo } from 'react';
import { placeOnWay } from '#app/store/frames.ts';
import { useStore } from '#app/store/store.ts';
import { currentFrames } from '#app/store/time-slice.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import { Icon } from '#app/ui/common/icon.tsx';
import css from './timeline.module.css';

const nameOf = (step: number): string => step === 0 ? 'untrained' : `step ${whole(step)}`;

/** The way of the run so far, from the untrained network to now: any moment of it can be shown, and all of it played. */
export function Timeline() {
  const runs = useStore(s => s.runs);
  const runId = useStore(s => s.runId);
  const latest = useStore(s => s.latest);
  const at = useStore(s => s.at);
  const earlier = useStore(s => s.earlier);
  const playing = useStore(s => s.playing);
  const { lookAt, play, hold } = useStore.getState();
  const frames = useMemo(() => currentFrames({ runs, runId, latest }), [runs, runId, latest]);
  useHoldUnseen();
  if (runId === null) return null;

  const now = latest?.step ?? 0;
  const place = placeOnWay(frames, at, now);
  const last = frames.length;
  const title = place === last ? `now, ${nameOf(now)}` : frames[place] === 0 ? 'step 0, untrained' : nameOf(frames[place]!);
  const go = (to: number) => {
    hold();
    void lookAt(frames[to] ?? null);
  };
  return (
    <div className={css.time} role="group" aria-label="Moment of the run" data-testid="timeline" data-frames={last}>
      {playing
        ? <Button onClick={hold}><Icon name="pause" />Hold</Button>
        : <Button unavailable={last === 0} onClick={() => { void play(); }}><Icon name="play" />Play</Button>}
      <div className={css.way}>
        <input type="range" aria-label="Step that is shown" aria-valuetext={title} min="0" max={last} step="1" value={place} disabled={last === 0} onChange={e => { go(Number(e.currentTarget.value)); }} />
        <p className={css.ends}><span>untrained</span><b>step {whole(frames[place] ?? now)}</b><span>now</span></p>
      </div>
      {place === last
        ? <Button kind="quiet" unavailable={last === 0} onClick={() => { go(placeOnWay(frames, earlier, now)); }}>Back to {nameOf(earlier)}</Button>
        : <Button kind="quiet" onClick={() => { go(last); }}>Back to now</Button>}
    </div>
  );
}

/** Nothing is played to nobody. */
function useHoldUnseen(): void {
  useEffect(() => {
    const { hold } = useStore.getState();
    const seen = () => { if (document.visibilityState !== 'visible') hold(); };
    document.addEventListener('visibilitychange', seen);
    return () => {
      hold();
      document.removeEventListener('visibilitychange', seen);
    };
  }, []);
}
