import type { EvaluationReport, FigureId } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import type { Slice } from './store.ts';

/** A report with what it is of. */
export interface Evaluated extends EvaluationReport {
  /** Evaluations of one run on the same images go together. */
  series: string;
  /** The run's name; empty where there was none yet. */
  run: string;
  dataset: string;
}

export interface EvaluationSlice {
  /** All since the page was opened, the newest last. */
  evaluations: Evaluated[];
  /** The one under way. */
  evaluating: { doing: 'pictures' | FigureId; done: number; total: number } | null;
  /** Why the last one failed; empty where it didn't. */
  evaluationFault: string;
  /** Minutes between two while training; 0 where only the button asks. */
  evaluateEvery: number;

  /** One at a time. */
  evaluate(): Promise<void>;
  cancelEvaluation(): void;
  setEvaluating(doing: 'pictures' | FigureId, done: number, total: number): void;
  setEvaluateEvery(minutes: number): void;
}

/** Which evaluations go together with one made now. */
export const seriesOf = ({ runId, datasetVersion }: { runId: string | null; datasetVersion: number }): string => `${runId ?? ''} ${datasetVersion}`;

const GONE = 'It ended early, because the network or the images that it was of are in use no longer. Evaluate again.';

export const createEvaluationSlice: Slice<EvaluationSlice> = (set, get) => {
  let cancelled = false;

  return {
    evaluations: [], evaluating: null, evaluationFault: '', evaluateEvery: 0,

    evaluate: async () => {
      const { evaluating, dataset, runId, runName } = get();
      const series = seriesOf(get());
      if (evaluating) return;
      cancelled = false;
      set({ evaluating: { doing: 'pictures', done: 0, total: 1 }, evaluationFault: '' });
      try {
        const report = await trainer().evaluate();
        if (report) set(s => ({ evaluations: [...s.evaluations, { ...report, series, run: runId ? runName : '', dataset: dataset?.name ?? '' }] }));
        else if (!cancelled) set({ evaluationFault: GONE });
      } catch (error) {
        set({ evaluationFault: toFailure(error).message });
      } finally {
        set({ evaluating: null });
      }
    },

    cancelEvaluation: () => {
      cancelled = true;
      trainer().cancelEvaluation().catch((error: unknown) => get().addFailure(toFailure(error)));
    },

    // Events are gathered, so that the last may come after the answer.
    setEvaluating: (doing, done, total) => { if (get().evaluating) set({ evaluating: { doing, done, total } }); },

    setEvaluateEvery: evaluateEvery => set({ evaluateEvery }),
  };
};
