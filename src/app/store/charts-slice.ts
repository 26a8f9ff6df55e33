/** How the curves are drawn, and which kept runs are drawn beside the one in memory. */
import type { RunInfo } from '#contract/runs.ts';
import { toFailure, trainer } from './client.ts';
import { History } from './history.ts';
import type { Slice } from './store.ts';

/** What the curves are drawn over: steps, passes over the images, seconds of training. */
export type XAxis = 'step' | 'epoch' | 'time';

/** A kept run beside the one in memory. `line`, from 1 on, says how its curves look; it keeps it while others come and go. */
export interface OverlaidRun { info: RunInfo; history: History; line: number }

/** More couldn't be told apart. */
export const MOST_OVERLAID = 4;

export interface ChartsSlice {
  xAxis: XAxis;
  logAxis: boolean;
  /** The vertical axis leaves out the most extreme values. */
  ignoreOutliers: boolean;
  /** Where the crosshair of all charts is, on the axis chosen; null where there is none. */
  crosshair: number | null;
  overlaid: OverlaidRun[];

  setXAxis(xAxis: XAxis): void;
  setLogAxis(logAxis: boolean): void;
  setIgnoreOutliers(ignoreOutliers: boolean): void;
  setCrosshair(crosshair: number | null): void;
  /** Draws a kept run too. */
  showRun(info: RunInfo): Promise<void>;
  hideRun(id: string): void;
}

export const createChartsSlice: Slice<ChartsSlice> = (set, get) => {
  const redrawn = (overlaid: OverlaidRun[]) => { set(s => ({ overlaid, historyVersion: s.historyVersion + 1 })); };
  const without = (id: string) => get().overlaid.filter(run => run.info.id !== id);

  return {
    xAxis: 'step', logAxis: false, ignoreOutliers: false, crosshair: null, overlaid: [],

    setXAxis: xAxis => set({ xAxis, crosshair: null }),
    setLogAxis: logAxis => set({ logAxis }),
    setIgnoreOutliers: ignoreOutliers => set({ ignoreOutliers }),
    setCrosshair: crosshair => set({ crosshair }),

    showRun: async info => {
      try {
        const history = History.of(await trainer().runReports(info.id));
        const others = without(info.id);
        const line = [1, 2, 3, 4].find(n => others.every(run => run.line !== n));
        if (line !== undefined) redrawn([...others, { info, history, line }]);
      } catch (error) {
        get().addFailure(toFailure(error));
      }
    },

    hideRun: id => { redrawn(without(id)); },
  };
};
