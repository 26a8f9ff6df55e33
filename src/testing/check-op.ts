/** What a GPU test of an op needs: seeded inputs, memory around one run, and comparisons that say where the worst difference is. */
import { Gpu } from '#engine/gpu/device.ts';
import { Program, type Tensor } from '#engine/gpu/program.ts';
import { download, padded, tensor, upload } from '#engine/gpu/tensor.ts';
import { Rng } from '#lib/rng.ts';

type Numbers = ArrayLike<number>;
type Data = Float32Array | Uint32Array;

/** What outputs hold before a run: a value that no op under test computes, so that a skipped word shows. */
export const STALE = -7777.25;

/** Largest difference that single precision explains in a sum of some hundred terms, relative to the entries' size. */
export const TOLERANCE = 5e-6;

/**
 * Kernels take two ways through their sums: inside a subgroup on software adapters, through workgroup memory with
 * many slices on hardware. Any adapter can run the second with WebGPU's default limits, so tests cover both.
 */
export const WAYS = ['as opened', 'as hardware with default limits'] as const;

export async function openGpu(way: (typeof WAYS)[number]): Promise<Gpu> {
  if (way === 'as opened') return Gpu.open();
  return Object.assign(await Gpu.open({ defaultLimits: true }), { software: false });
}

/** Standard normal numbers times `scale`, rounded to float32 so that GPU and twin start from the same. */
export function normals(count: number, seed: number, scale = 1): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: count }, () => scale * rng.normal());
}

/** (rows, columns) -> (rows, columns padded to whole quads), zeros in the padding. */
export function padRows(values: Numbers, rows: number, columns: number): Float32Array {
  const stride = padded(columns);
  const out = new Float32Array(rows * stride);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[r * stride + c] = values[r * columns + c]!;
  return out;
}

export interface Closeness {
  /** Largest difference of an entry, relative to the larger of that entry and the root mean square of all. */
  tolerance?: number;
  /** Where the expected entries cancel to (nearly) nothing: the size of what was summed. */
  atLeast?: number;
}

/** Throws where an entry is too far from what is expected, naming the worst. NaN is infinitely far. */
export function checkClose(name: string, got: Numbers, want: Numbers, { tolerance = TOLERANCE, atLeast = 0 }: Closeness = {}): void {
  if (got.length !== want.length) throw new Error(`${name}: has ${got.length} entries, expected ${want.length}.`);
  let squares = 0;
  for (let i = 0; i < want.length; i++) squares += want[i]! ** 2;
  const rms = Math.max(Math.sqrt(squares / want.length), atLeast);
  let worst = 0;
  let at = -1;
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i]! - want[i]!);
    if (difference === 0) continue;
    const error = Number.isFinite(difference) ? difference / Math.max(rms, Math.abs(want[i]!)) : Infinity;
    if (error > worst) {
      worst = error;
      at = i;
    }
  }
  if (worst > tolerance) {
    throw new Error(`${name}: entry ${at} of ${want.length} is ${got[at]}, expected ${want[at]} (error ${worst.toExponential(2)}, at most ${tolerance}; typical entry ${rms.toPrecision(3)}).`);
  }
}

/** The same for padded rows: got (rows, padded columns), want (rows, columns). Padding must be exactly 0. */
export function checkRows(name: string, got: Numbers, want: Numbers, columns: number, closeness: Closeness = {}): void {
  const stride = padded(columns);
  const rows = want.length / columns;
  if (got.length !== rows * stride) throw new Error(`${name}: has ${got.length} words, expected ${rows} rows of ${stride}.`);
  const real = new Float64Array(want.length);
  for (let i = 0; i < got.length; i++) {
    const [row, column] = [Math.floor(i / stride), i % stride];
    if (column < columns) real[row * columns + column] = got[i]!;
    else if (got[i] !== 0) throw new Error(`${name}: padding column ${column} of row ${row} is ${got[i]}, expected 0.`);
  }
  checkClose(name, real, want, closeness);
}

/** Throws at the first entry whose bits differ. */
export function checkSame(name: string, got: Float32Array, want: Float32Array): void {
  const [a, b] = [got, want].map(v => new Uint32Array(v.buffer, v.byteOffset, v.length)) as [Uint32Array, Uint32Array];
  if (a.length !== b.length) throw new Error(`${name}: has ${a.length} entries, expected ${b.length}.`);
  const at = a.findIndex((bits, i) => bits !== b[i]);
  if (at >= 0) throw new Error(`${name}: entry ${at} is ${got[at]}, expected exactly ${want[at]}.`);
}

/**
 * Runs one program and returns its outputs. `inputs` are uploaded; an output is a number of words, STALE before the run,
 * or the content it starts with, for ops that add. Temporaries start as NaN, so that what an op reads it must have written.
 */
export async function runOp<I extends string, O extends string, L = void>(
  gpu: Gpu, inputs: Record<I, Data>, outputs: Record<O, Data | number>, plan: (p: Program<L>, t: Record<I | O, Tensor>) => void, live?: L,
): Promise<Record<O, Float32Array>> {
  const tensors = {} as Record<I | O, Tensor>;
  const starts: [string, Data | number][] = [...Object.entries<Data>(inputs), ...Object.entries<Data | number>(outputs)];
  for (const [name, start] of starts) {
    const content = typeof start === 'number' ? new Float32Array(start).fill(STALE) : start;
    const t = tensor(gpu, name, content.length);
    upload(gpu, t, content);
    tensors[name as I | O] = t;
  }
  const p = new Program<L>(gpu, 'test');
  plan(p, tensors);
  await p.build();
  for (const t of p['temporaries']) if (t.buffer) upload(gpu, t, new Float32Array(t.words).fill(NaN));
  gpu.device.pushErrorScope('validation');
  p.run(live as L);
  const fault = await gpu.device.popErrorScope();
  const read = await Promise.all(Object.keys(outputs).map(async name => [name, await download(gpu, tensors[name as O])] as const));
  p.destroy();
  for (const t of Object.values<Tensor>(tensors)) gpu.release(t.buffer!);
  if (fault) throw new Error(`The GPU reported: ${fault.message}`);
  return Object.fromEntries(read) as Record<O, Float32Array>;
}
