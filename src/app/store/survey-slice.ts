/** Views of the whole dataset: patterns and the map. They take a while, so a person begins them; from then on they are kept up to date. */
import type { Thumbnail } from '#contract/trainer.ts';
import { toFailure, trainer } from './client.ts';
import { asChosen, isSurvey, type SurveyTab } from './looking.ts';
import type { Slice } from './store.ts';

/** Images shown as most like one. */
const SIMILAR = 12;
/** Pixels: enough for a 64-pixel cell on a dense screen. */
const THUMBNAIL_SIZE = 96;
/** Thumbnails kept, of those looked at last. */
const MOST_KEPT = 600;

export interface SurveySlice {
  /** Looks through all images for what the tab shows; `renew` also where they were looked through at an earlier step. */
  survey(tab: SurveyTab, renew: boolean): Promise<void>;
  /** The same where what the chosen tab shows isn't what is chosen, or is of another step and to be kept up to date. */
  renewSurvey(): Promise<void>;
  findSimilar(): Promise<void>;
  /** Of any images; those that were asked for lately come at once. */
  thumbnailsOf(indices: readonly number[]): Promise<Thumbnail[]>;
}

export const createSurveySlice: Slice<SurveySlice> = (set, get) => {
  /** The moment, the run and its images that were looked through last, for each tab. */
  const seen: Partial<Record<SurveyTab, readonly unknown[]>> = {};
  /** Kept up to date: not after a person called it off, or it failed. */
  const live: Partial<Record<SurveyTab, boolean>> = {};
  /** The image and the map that likeness was asked about last. */
  let compared: readonly unknown[] = [];
  const comparison = () => [get().imageIndex, get().guestVersion, get().map?.step];
  const thumbnails = { version: 0, kept: new Map<number, Thumbnail>() };
  /** Untrained networks count as one: options change with every key. */
  const network = () => [get().at, get().runConfig, get().runId, get().datasetVersion];

  async function look(tab: SurveyTab, renew: boolean): Promise<boolean> {
    const { choices, datasetVersion } = get();
    const before = network();
    const answer = tab === 'patterns'
      ? { patterns: await trainer().patterns(choices.kind, choices.patterns, choices.spots, renew) }
      : { map: await trainer().map(choices.layout, choices.clusters, renew) };
    if (Object.values(answer).includes(null) || get().datasetVersion !== datasetVersion) return false;
    seen[tab] = before;
    set(answer);
    return true;
  }

  return {
    survey: async (tab, renew) => {
      live[tab] = false;
      await get().searching(tab, async () => {
        // What is chosen may change meanwhile.
        let done = await look(tab, renew);
        while (done && !asChosen(get().choices, get()[tab]!)) done = await look(tab, false);
        // Cancelled by a person there is no search any more; otherwise another has taken its place.
        live[tab] = done || get().search !== null;
      });
      if (tab === 'map') await get().findSimilar();
    },

    renewSurvey: async () => {
      const { choices: { tab, follow }, choices, search, latest, at, survey, findSimilar } = get();
      if (!isSurvey(tab)) return;
      if (tab === 'map' && comparison().some((x, i) => x !== compared[i])) void findSimilar();
      const shown = get()[tab];
      if (!shown || search || !live[tab]) return;
      const [moment, ...rest] = network();
      const [before, ...others] = seen[tab]!;
      // Another moment that a person chose is always shown; what training goes on to, where that is wanted.
      const moved = moment !== before || (follow && (rest.some((x, i) => x !== others[i]) || (at === null && (latest?.step ?? 0) !== shown.step)));
      if (moved || !asChosen(choices, shown)) await survey(tab, moved);
    },

    findSimilar: async () => {
      const { map, imageIndex, datasetVersion } = get();
      if (!map) return;
      compared = comparison();
      try {
        const similar = await trainer().similarImages(imageIndex, SIMILAR);
        if (get().datasetVersion === datasetVersion) set({ similar });
      } catch (error) {
        get().addFailure(toFailure(error));
      }
    },

    thumbnailsOf: async indices => {
      const { datasetVersion } = get();
      if (thumbnails.version !== datasetVersion) Object.assign(thumbnails, { version: datasetVersion, kept: new Map() });
      const { kept } = thumbnails;
      const missing = indices.filter(i => !kept.has(i));
      for (const t of missing.length ? await trainer().thumbnails(missing, THUMBNAIL_SIZE) : []) kept.set(t.index, t);
      const found = indices.map(i => kept.get(i)!);
      // The order of the map is that of their last use.
      for (const t of found) {
        kept.delete(t.index);
        kept.set(t.index, t);
      }
      for (const index of kept.keys()) {
        if (kept.size <= MOST_KEPT) break;
        kept.delete(index);
      }
      return found;
    },
  };
};
