/** Before a run is planned: which kernels its products take, from memory, by measuring, or from the fixed table. */
import type { Config } from '#contract/config.ts';
import type { TunedProduct, TuningReport } from '#contract/trainer.ts';
import type { KernelChoice } from '#engine/checkpoint/snapshot.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { type Choice, choicesOf, defaultOf, flopsOf, inWords, isUsable, MEASURED, type Products, productsOf, setChoices } from '#engine/measure/products.ts';
import { type Finding, tune, type TuneOptions, type Tuning } from '#engine/measure/tuner.ts';
import { ingredientsOf, loadFindings, saveFindings, type StoredFinding, type TuningKey, tuningKey } from './tuning-store.ts';

export interface KernelOptions extends Pick<TuneOptions, 'budgetMs' | 'signal' | 'onProgress'> {
  /** Name of the database, for tests. */
  database?: string;
}

/** Before there was a run. */
export const noTuning = (device: string, mode: TuningReport['mode']): TuningReport => ({ device, mode, products: [], milliseconds: 0, forgetful: '' });

/**
 * Decides for everything that is planned on this device until the next call, and says what was decided. Measures what
 * isn't known yet for at most the budget; the rest takes the default. Throws GpuError where the configuration doesn't fit.
 */
export async function prepareKernels(gpu: Gpu, config: Config, { database, ...options }: KernelOptions = {}): Promise<TuningReport> {
  const products = await productsOf(gpu, config);
  if (config.kernels === 'fixed') {
    setChoices(gpu, new Map());
    return { ...noTuning(gpu.name, 'fixed'), products: describe(gpu, products, () => ({ why: 'default: the option Kernels is fixed' })) };
  }
  const memory = await remember(gpu, database);
  const stored = new Map([...memory.findings].filter(([, f]) => isUsable(gpu, f.choice)));
  const tuning = await tune(gpu, products, { ...options, known: stored });
  const forgetful = memory.forgetful || await keep(memory.key, tuning, database);
  setChoices(gpu, new Map([...stored, ...tuning.findings].map(([key, f]) => [key, f.choice])));
  return {
    device: gpu.name, mode: 'tuned', milliseconds: tuning.milliseconds, forgetful,
    products: describe(gpu, products, key => {
      const fresh = tuning.findings.get(key);
      if (fresh) return { finding: fresh, why: verdict(fresh) };
      const old = stored.get(key);
      if (old) return { finding: old, why: `stored, measured on ${old.date.slice(0, 10)}: ${verdict(old)}` };
      return { why: `default: ${tuning.untried.get(key) ?? 'not measured yet'}` };
    }),
  };
}

/** Takes the kernels of a checkpoint, so that the run goes on bit for bit; one that isn't on this device takes the default. */
export async function setKernels(gpu: Gpu, config: Config, kernels: readonly KernelChoice[]): Promise<TuningReport> {
  const products = await productsOf(gpu, config);
  const usable = new Map(kernels.filter(k => isUsable(gpu, k)).map(({ key, tile, splits }) => [key, { tile, splits }]));
  setChoices(gpu, usable);
  const why = (key: string) => usable.has(key) ? 'as when the run began' : 'default';
  return { ...noTuning(gpu.name, config.kernels), products: describe(gpu, products, key => ({ choice: usable.get(key), why: why(key) })) };
}

/** What isn't the default among the kernels in use. */
export function chosenKernels(gpu: Gpu): KernelChoice[] {
  return [...choicesOf(gpu)].map(([key, { tile, splits }]) => ({ key, tile, splits }));
}

type Memory = { key: TuningKey; findings: Map<string, StoredFinding>; forgetful: '' } | { key: null; findings: Map<string, StoredFinding>; forgetful: string };

async function remember(gpu: Gpu, database: string | undefined): Promise<Memory> {
  try {
    const key = await tuningKey(ingredientsOf(gpu, MEASURED.texts, MEASURED.tiles));
    return { key, findings: await loadFindings(key, database), forgetful: '' };
  } catch (e) {
    return { key: null, findings: new Map(), forgetful: refusal(e) };
  }
}

/** Returns why it couldn't be kept, or ''. */
async function keep(key: TuningKey | null, tuning: Tuning, database: string | undefined): Promise<string> {
  if (!key || !tuning.findings.size) return '';
  const date = new Date().toISOString();
  try {
    await saveFindings(key, new Map([...tuning.findings].map(([k, f]) => [k, { ...f, date }])), database);
    return '';
  } catch (e) {
    return refusal(e);
  }
}

const refusal = (e: unknown): string => `This browser keeps no measurements (${e instanceof Error ? e.message : String(e)}), so every start measures anew.`;

function verdict({ gflops, defaultGflops }: Finding): string {
  if (gflops === null || defaultGflops === null) return 'default: no other could be measured';
  return gflops > defaultGflops ? `measured ${(gflops / defaultGflops).toFixed(2)}x the default` : 'default: nothing measured was clearly faster';
}

function describe(gpu: Gpu, products: Products, of: (key: string) => { finding?: Finding; choice?: Choice | undefined; why: string }): TunedProduct[] {
  const total = [...products.values()].reduce((sum, p) => sum + flopsOf(p) * p.count, 0);
  return [...products].map(([key, p]): TunedProduct => {
    const byDefault = defaultOf(gpu, p);
    const { finding, choice = finding?.choice, why } = of(key);
    const { tile, splits } = choice ?? byDefault;
    return {
      key, name: inWords(p), share: flopsOf(p) * p.count / total, tile, splits, defaultTile: byDefault.tile, defaultSplits: byDefault.splits,
      gflops: finding?.gflops ?? null, defaultGflops: finding?.defaultGflops ?? null, why, rejected: finding?.rejected ?? [],
    };
  });
}
