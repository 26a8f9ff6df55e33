/** The same block and the same products on several frameworks, in turns: losses, times, dispatches, memory. */
import { Rng } from '#lib/rng.ts';
import type { PeerBlockRecord, PeerProductRecord, PeersRecord } from './records.ts';
import { type BlockData, blockData, type BlockSize } from './block-data.ts';
import { countOf } from './count-gpu.ts';
import { type BlockRun, type Contestant, type ProductForm, type ProductRun, type ProductShape, productSizes } from './peer.ts';

/** A linear layer's rows, outputs and inputs. */
export const PRODUCT_SHAPES: readonly ProductShape[] = [{ m: 1024, n: 384, k: 384 }, { m: 2048, n: 768, k: 192 }, { m: 512, n: 512, k: 512 }];
/** Those of ViT-S on 64 whole views, which fill a GPU. */
export const LARGE_SHAPES: readonly ProductShape[] = [{ m: 12608, n: 1152, k: 384 }, { m: 12608, n: 1536, k: 384 }, { m: 12608, n: 384, k: 1536 }];
export const PRODUCT_FORMS: readonly ProductForm[] = ['NT', 'NN', 'gradient'];

const LOSSES = 12;
const LOSS_TOLERANCE = 1e-5;
/** Largest difference of an entry of a product, over the root mean square of all. */
const PRODUCT_TOLERANCE = 1e-4;
/** A sample is repeated until it takes this long, in ms, but no more than so often. */
const [AT_LEAST, AT_MOST] = [50, 20];

export class DisagreementError extends Error {
  override name = 'DisagreementError';
}

export interface ContestOptions {
  /** Interleaved rounds. */
  samples: number;
  size: BlockSize; shapes: readonly ProductShape[];
}

/**
 * The first contestant is the one that others are compared with; `countGpu` must count already. Throws DisagreementError
 * where their numbers differ, or where a device refused a command.
 */
export async function contest(contestants: readonly Contestant[], { samples, size, shapes }: ContestOptions, say: (line: string) => void): Promise<PeersRecord> {
  const devices: GPUDevice[] = [];
  const faults: string[] = [];
  const opened: Contestant[] = [];
  try {
    for (const c of contestants) {
      const device = await c.open();
      opened.push(c);
      // A command that the device refuses takes no time: such a result must not count.
      device.addEventListener('uncapturederror', event => faults.push(`${c.name}: ${(event as GPUUncapturedErrorEvent).error.message}`));
      devices.push(device);
    }
    const block = await blockContest(contestants, devices, blockData(size), samples, say);
    const gemm: PeerProductRecord[] = [];
    for (const shape of shapes) for (const form of PRODUCT_FORMS) gemm.push(await productContest(contestants, form, shape, samples, say));
    if (faults.length) throw new DisagreementError(`The device refused commands, so nothing of this counts:\n${faults.slice(0, 3).join('\n')}`);
    const { vendor, architecture, description } = devices[0]!.adapterInfo;
    return { device: [vendor, architecture, description].filter(Boolean).join(' '), size, lossError: lossError(block), tolerance: LOSS_TOLERANCE, block, gemm };
  } finally {
    for (const c of opened) c.close();
  }
}

async function blockContest(contestants: readonly Contestant[], devices: readonly GPUDevice[], data: BlockData, samples: number, say: (line: string) => void): Promise<PeerBlockRecord[]> {
  const runs: BlockRun[] = [];
  const records: PeerBlockRecord[] = [];
  for (const [i, c] of contestants.entries()) {
    const count = countOf(devices[i]!);
    const start = performance.now();
    const run = await c.block(data);
    const losses = [await run.step()];
    const firstStepSeconds = (performance.now() - start) / 1000;
    while (losses.length < LOSSES) losses.push(await run.step());
    const before = { ...count };
    await run.steps(1);
    records.push({
      name: c.name, ms: Infinity, firstStepSeconds, losses, lossError: relativeDistance(losses, records[0]?.losses ?? losses),
      dispatches: count.dispatches - before.dispatches, submits: count.submits - before.submits, peakBytes: count.peak,
    });
    runs.push(run);
    say(`${c.name}: first step ${firstStepSeconds.toFixed(2)} s, losses ${losses[0]!.toFixed(6)} to ${losses.at(-1)!.toFixed(6)}`);
  }
  const error = lossError(records);
  if (!(error <= LOSS_TOLERANCE)) {
    throw new DisagreementError(`The losses of ${LOSSES} steps differ by ${error.toExponential(2)}, at most ${LOSS_TOLERANCE} was expected:\n${records.map(r => `  ${r.name}: ${r.losses.join(', ')}`).join('\n')}`);
  }
  const times = await inTurns(runs.map(run => (n: number) => run.steps(n)), samples);
  for (const run of runs) run.destroy();
  records.forEach((r, i) => { r.ms = times[i]!; });
  say(records.map(r => `${r.name} ${r.ms.toFixed(2)} ms a step`).join(', '));
  return records;
}

async function productContest(contestants: readonly Contestant[], form: ProductForm, shape: ProductShape, samples: number, say: (line: string) => void): Promise<PeerProductRecord> {
  const sizes = productSizes(form, shape);
  const rng = new Rng(2);
  const values = ([rows, columns]: readonly [number, number]) => Float32Array.from({ length: rows * columns }, () => rng.normal());
  const [a, b] = [values(sizes.a), values(sizes.b)];
  const runs: ProductRun[] = [];
  let want: Float32Array | null = null;
  for (const c of contestants) {
    const run = await c.product(form, shape, a, b);
    runs.push(run);
    const got = await run.result();
    want ??= got;
    const error = entryDistance(got, want);
    if (!(error <= PRODUCT_TOLERANCE)) throw new DisagreementError(`${c.name}'s ${form} product of ${shape.m} x ${shape.n} x ${shape.k} is off by ${error.toExponential(2)} of a typical entry, at most ${PRODUCT_TOLERANCE} was expected.`);
  }
  const times = await inTurns(runs.map(run => (n: number) => run.run(n)), samples);
  for (const run of runs) run.destroy();
  const flops = 2 * shape.m * shape.n * shape.k;
  const results = contestants.map((c, i) => ({ name: c.name, ms: times[i]!, flops: flops / times[i]! * 1000 }));
  say(`${form} ${shape.m}x${shape.n}x${shape.k}: ${results.map(r => `${r.name} ${(r.flops / 1e9).toFixed(2)} GFLOP/s`).join(', ')}`);
  return { form, ...shape, results };
}

/** Milliseconds of one run of each: the least over rounds in which each has its turn. All have run before. */
async function inTurns(runs: readonly ((count: number) => Promise<void>)[], samples: number): Promise<number[]> {
  const timed = async (run: (count: number) => Promise<void>, count: number) => {
    const start = performance.now();
    await run(count);
    return (performance.now() - start) / count;
  };
  const counts: number[] = [];
  for (const run of runs) {
    await run(1);
    counts.push(Math.max(1, Math.min(AT_MOST, Math.ceil(AT_LEAST / await timed(run, 1)))));
  }
  const best = runs.map(() => Infinity);
  for (let s = 0; s < samples; s++) for (const [i, run] of runs.entries()) best[i] = Math.min(best[i]!, await timed(run, counts[i]!));
  return best;
}

const lossError = (records: readonly PeerBlockRecord[]): number =>
  Math.max(...records.flatMap(r => records.map(q => relativeDistance(r.losses, q.losses))));

/** Largest difference of two sequences relative to the value itself; NaN is infinitely far. */
export function relativeDistance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((v, i) => {
    const d = Math.abs(v - b[i]!) / Math.abs(b[i]!);
    return Number.isNaN(d) ? Infinity : d;
  }));
}

/** Largest difference of an entry over the root mean square of what is wanted; NaN or another length is infinitely far. */
export function entryDistance(got: Float32Array, want: Float32Array): number {
  if (got.length !== want.length) return Infinity;
  let [worst, squares] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const d = Math.abs(got[i]! - want[i]!);
    if (!(d <= worst)) worst = Number.isNaN(d) ? Infinity : d;
    squares += want[i]! ** 2;
  }
  return worst === 0 ? 0 : worst / Math.sqrt(squares / want.length);
}
