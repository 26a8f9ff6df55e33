/** Holds sampled entries of a product against the same sums in float64: a tile that computes wrongly must not be chosen for its speed. */
import { Rng } from '#lib/rng.ts';
import type { Product } from '#engine/ops/tiles.ts';
import { epilogueOf, type Operands, ROWS_PER_SEQUENCE, UNWRITTEN } from './operands.ts';

/** Rows and columns looked at: their crossings are computed here, the rest of the rows must be finite and written. */
const ROWS = 8;
const COLUMNS = 8;

/**
 * Largest error that passes, relative to the sum of the absolute values of what was added up. In single precision it
 * is some 1e-7 however long the sum; a missing term of a sum of 60,000 is 10 times what passes.
 */
const TOLERANCE = 2e-6;
/** Half of the last bit that 16 bits keep of a number, and the smallest that they tell from 0. */
const HALF = { relative: 2 ** -11, absolute: 2 ** -24 };

interface Entry { value: number; scale: number }
/** What a row of an output should be at the sampled columns. */
interface Sampled { name: string; width: number; rows: number[]; columns: number[]; want: Entry[][] }

export type Expected = readonly Sampled[];

/** Both ends, the first rows of the last whole 64 and 128, and some by chance. */
function picks(count: number, wanted: number, rng: Rng): number[] {
  const set = new Set([0, count - 1, Math.floor((count - 1) / 64) * 64, Math.floor((count - 1) / 128) * 128]);
  while (set.size < Math.min(wanted, count)) set.add(rng.int(0, count - 1));
  return [...set];
}

/** The result of a product over the first `rows` of its operands, at sampled entries. */
export function expectedOf(operands: Operands, rows: number): Expected {
  const { product: p } = operands;
  const rng = new Rng(2);
  return p.form === 'gradient' ? expectedGradient(operands, p, rows, rng) : expectedProduct(operands, p, rows, rng);
}

function expectedGradient(o: Operands, p: Product, tokens: number, rng: Rng): Expected {
  const [rows, columns] = [picks(p.k, ROWS, rng), picks(p.n, COLUMNS, rng)];
  const want = rows.map(r => columns.map(c => sum(tokens, t => o.before('a', t * p.k + r) * o.before('b', t * p.n + c), o.before('out', r * p.n + c))));
  const weights = { name: 'out', width: p.n, rows, columns, want };
  if (!o.has('bias')) return [weights];
  const bias = rows.map(r => sum(tokens, t => o.before('a', t * p.k + r), o.before('bias', r)));
  return [weights, { name: 'bias', width: p.k, rows: [0], columns: rows, want: [bias] }];
}

function sum(count: number, term: (i: number) => number, start = 0): Entry {
  let value = start;
  let scale = Math.abs(start);
  for (let i = 0; i < count; i++) {
    const v = term(i);
    value += v;
    scale += Math.abs(v);
  }
  return { value, scale };
}

function expectedProduct(o: Operands, p: Product, count: number, rng: Rng): Expected {
  const [rows, columns] = [picks(count, ROWS, rng), picks(p.n, COLUMNS, rng)];
  const on = epilogueOf(p);
  const outputs = new Map<string, Entry[][]>([['out', []], ...(on.has('GELU') ? [['pre', []] as [string, Entry[][]]] : []), ...(on.has('BRANCH') ? [['branch', []] as [string, Entry[][]]] : [])]);
  for (const r of rows) {
    const row = columns.map(c => entryOf(o, p, on, r, c));
    for (const [name, want] of outputs) want.push(row.map(e => e[name as keyof typeof e]));
  }
  return [...outputs].map(([name, want]) => ({ name, width: p.n, rows, columns, want }));
}

/** One entry through its epilogue, in the order of shaders/shared/gemm_epilogue.wgsl. */
function entryOf(o: Operands, p: Product, on: ReadonlySet<string>, r: number, c: number): Record<'out' | 'pre' | 'branch', Entry> {
  const inB = p.form === 'NT' ? (q: number) => c * p.k + q : (q: number) => q * p.n + c;
  let { value: v, scale } = sum(p.k, q => o.before('a', r * p.k + q) * o.before('b', inB(q)), on.has('BIAS') ? o.before('bias', c) : 0);
  const times = (factor: number) => { v *= factor; scale *= Math.abs(factor); };
  const pre = { value: v, scale };
  // The slope of GELU is at most 1.13; where its value is next to nothing its own rounding counts.
  if (on.has('GELU')) [v, scale] = [v * normal(v), 1.13 * scale];
  if (on.has('GELU_BACKWARD')) {
    const x = o.before('pre', r * p.n + c);
    // Its slope goes through 0, and rounds as the numbers around 1 do that it is the sum of.
    v *= normal(x) + x * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    scale *= 1.13;
  }
  const branch = { value: v, scale };
  if (on.has('GAMMA')) times(o.before('gamma', c));
  if (on.has('DROP')) times(o.before('drop', Math.floor(r / ROWS_PER_SEQUENCE)));
  if (on.has('RESIDUAL')) {
    const x = o.before('residual', r * p.n + c);
    v += x;
    scale += Math.abs(x);
  }
  return { out: { value: v, scale }, pre, branch };
}

/** The normal distribution: 1/2 and a series of which all terms have one sign. */
function normal(x: number): number {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let term = x;
  let total = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(total); n += 2) total += term *= x * x / n;
  return 0.5 + total * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** Why the outputs as they are now can't be trusted, or null. */
export async function fault(operands: Operands, expected: Expected): Promise<string | null> {
  const read = await operands.readRows(expected);
  for (const [i, { name, rows, columns, want }] of expected.entries()) {
    for (const [j, r] of rows.entries()) {
      const got = read[i]![j]!;
      const odd = got.findIndex(v => !Number.isFinite(v) || v === UNWRITTEN);
      if (odd >= 0) return `row ${r}, column ${odd} of ${name} ${got[odd] === UNWRITTEN ? 'was not written' : `is ${got[odd]}`}`;
      for (const [c, { value, scale }] of want[j]!.entries()) {
        const column = columns[c]!;
        const rounding = operands.isHalf(name) ? HALF.relative * Math.abs(value) + HALF.absolute : 1e-7;
        if (Math.abs(got[column]! - value) > TOLERANCE * scale + rounding) return `row ${r}, column ${column} of ${name} is ${got[column]!.toPrecision(7)}, should be ${value.toPrecision(7)}`;
      }
    }
  }
  return null;
}
