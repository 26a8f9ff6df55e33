import { useEffect } from 'react';
import { type Evaluated, seriesOf } from '#app/store/evaluation-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { csv, download } from '#app/ui/common/csv.ts';
import { span, whole } from '#app/ui/common/format.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import css from './evaluate.module.css';
import { FigureTable } from './figure-table.tsx';
import { Trend } from './trend.tsx';
import { askedText, CSV_HEAD, csvRows, FIGURES, limits, thumbnailText, UNLABELLED } from './words.ts';

/** Minutes between evaluations that come by themselves; 0 is never. */
const EVERY = [0, 2, 5, 15, 60];

/** What the teacher knows that it was never told, beside what an untrained network and colour alone would know. */
export function EvaluatePanel() {
  useRegularEvaluation();
  const evaluations = useStore(s => s.evaluations);
  const evaluating = useStore(s => s.evaluating);
  const fault = useStore(s => s.evaluationFault);
  const newest = evaluations.at(-1);
  const word = evaluating ? 'Evaluating…' : fault ? 'Not evaluated' : newest ? originText(newest) : 'Not evaluated yet';
  return (
    <Panel title="What it knows" note={<span role="status" data-testid="evaluation-state" data-state={evaluating ? 'evaluating' : fault ? 'failed' : newest ? 'done' : 'idle'}>{word}</span>}
      tools={newest && <Button kind="quiet" aria-label="Download the evaluations as CSV" onClick={() => { download('glimpse-evaluations.csv', csv([CSV_HEAD, ...csvRows(evaluations)])); }}>CSV</Button>}>
      <Ask />
      {fault && <p className={css.fault}>{fault}</p>}
      {newest && <Report newest={newest} series={evaluations.filter(e => e.series === newest.series)} />}
    </Panel>
  );
}

const originText = ({ step, seconds }: Evaluated): string => `${step === 0 ? 'The untrained network' : `At step ${whole(step)}`}, in ${span(seconds)}`;

function Ask() {
  const evaluating = useStore(s => s.evaluating);
  const evaluate = useStore(s => s.evaluate);
  const cancel = useStore(s => s.cancelEvaluation);
  const training = useStore(s => s.runState === 'training');
  const why = useStore(s => !s.dataset?.count ? 'Add images first.' : s.dataset.classes.length === 0 ? UNLABELLED : null);
  if (evaluating) {
    const { doing, done, total } = evaluating;
    return (
      <div className={css.going}>
        <p>{doing === 'pictures' ? 'Looking at the images' : `Working out ${FIGURES[doing].name}`}</p>
        <progress aria-label="Evaluating" value={done} max={total} />
        <Button onClick={cancel}>Cancel</Button>
        {training && <p className={css.quiet}>It rests most of the time, so that training keeps its pace. Pause training to have it sooner.</p>}
      </div>
    );
  }
  return (
    <div className={css.ask}>
      <Button unavailable={why !== null} aria-describedby="evaluate-why" onClick={() => { void evaluate(); }}>Evaluate now</Button>
      <p id="evaluate-why" className={css.quiet}>{why ?? 'Asks the teacher for what it was never told: the classes of images, and of the sample images the parts and objects in them.'}</p>
      {why === null && <Every />}
    </div>
  );
}

function Every() {
  const every = useStore(s => s.evaluateEvery);
  const setEvery = useStore(s => s.setEvaluateEvery);
  return (
    <label className={css.every}>
      While training
      <select value={every} onChange={e => { setEvery(Number(e.currentTarget.value)); }}>
        {EVERY.map(minutes => <option key={minutes} value={minutes}>{minutes === 0 ? 'only when asked' : `every ${minutes} minutes`}</option>)}
      </select>
    </label>
  );
}

function Report({ newest, series }: { newest: Evaluated; series: Evaluated[] }) {
  const busy = useStore(s => s.evaluating !== null);
  const current = useStore(s => seriesOf(s) === newest.series);
  return (
    <div className={css.report} aria-busy={busy}>
      {!current && <p className={css.note}>These figures are {newest.run ? <>of the run &ldquo;{newest.run}&rdquo;</> : 'from before there was a run'}, on {newest.dataset}.</p>}
      {newest.step === 0 && <p className={css.note}>This network has learned nothing yet. Evaluate again after some steps and see what it gained.</p>}
      <FigureTable report={newest} />
      <p className={css.quiet} data-testid="thumbnail-figures">{thumbnailText(newest)}</p>
      {series.length > 1 && <Trend series={series} />}
      <details className={css.meanings}>
        <summary>What these figures mean</summary>
        <dl>{newest.figures.map(f => <div key={f.id}><dt>{FIGURES[f.id].name}</dt><dd>{FIGURES[f.id].means} <span>{askedText(f)}</span></dd></div>)}</dl>
        <p><b>Untrained</b> is the network as it was before its first step. <b>Colour</b> answers by colour alone: of an image the mean and deviation of red, green and blue, of a patch its mean colour. What both know without training is not learned.</p>
      </details>
      <ul className={css.limits}>{limits(newest).map(text => <li key={text}>{text}</li>)}</ul>
    </div>
  );
}

/** Evaluates every so many minutes while a run trains, if that was chosen. */
function useRegularEvaluation(): void {
  const every = useStore(s => s.evaluateEvery);
  const training = useStore(s => s.runState === 'training');
  const evaluate = useStore(s => s.evaluate);
  useEffect(() => {
    if (every === 0 || !training) return;
    const timer = setInterval(() => { void evaluate(); }, every * 60_000);
    return () => { clearInterval(timer); };
  }, [every, training, evaluate]);
}
