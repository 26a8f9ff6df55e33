/** One way of computing one product, as a program of its own. */
import type { Gpu } from '#engine/gpu/device.ts';
import { GpuError } from '#engine/gpu/device.ts';
import { type Dispatch, Program } from '#engine/gpu/program.ts';
import { gemmGradient, gemmNN, gemmNT } from '#engine/ops/gemm.ts';
import { type Choice, productKey, tilesOf } from '#engine/ops/tiles.ts';
import { epilogueOf, type Operands, ROWS_PER_SEQUENCE } from './operands.ts';

export class Trial extends Program {
  readonly choice: Choice;
  readonly rows: number;
  private readonly dispatchList: Dispatch<void>[] = [];

  constructor(gpu: Gpu, choice: Choice, rows: number) {
    super(gpu, `trial ${nameOf(choice)}`);
    this.choice = choice;
    this.rows = rows;
  }

  override add(dispatch: Dispatch<void>): void {
    this.dispatchList.push(dispatch);
    super.add(dispatch);
  }

  /** Two trials of a product with one signature do the same. */
  get signature(): string {
    return JSON.stringify(this.dispatchList.map(({ kernel, params, groups }) => [kernel, params, groups]));
  }
}

export const nameOf = (c: Choice): string => c.splits > 1 ? `${c.tile}, ${c.splits} slices` : c.tile;

/** Adds a product over its first `rows` to a program; which kernel it takes is up to `choose`. */
export type Plan = (trial: Trial, operands: Operands) => void;

export const planProduct: Plan = (trial, o) => {
  const { rows } = trial;
  const { form, n, k } = o.product;
  const on = epilogueOf(o.product);
  if (form === 'gradient') {
    gemmGradient(trial, { dy: o.get('a'), x: o.get('b'), dweight: exact(o, 'out', k * n), ...(on.has('BIAS') ? { dbias: exact(o, 'bias', k) } : {}), rows, o: k, i: n });
    return;
  }
  const product = form === 'NT' ? gemmNT : gemmNN;
  product(trial, {
    a: o.get('a'), b: o.get('b'), out: o.get('out'), rows, n, k,
    ...(on.has('BIAS') ? { bias: o.get('bias') } : {}),
    ...(on.has('GELU') ? { gelu: { pre: o.get('pre') } } : {}),
    ...(on.has('GELU_BACKWARD') ? { geluBackward: { pre: o.get('pre') } } : {}),
    ...(on.has('RESIDUAL') ? {
      residual: {
        x: o.get('residual'), sequences: { globals: Math.ceil(o.product.rows / ROWS_PER_SEQUENCE), globalTokens: ROWS_PER_SEQUENCE, locals: 0, localTokens: 1 },
        ...(on.has('GAMMA') ? { gamma: o.get('gamma') } : {}), ...(on.has('BRANCH') ? { branch: o.get('branch') } : {}), ...(on.has('DROP') ? { drop: o.get('drop') } : {}),
      },
    } : {}),
  });
};

const exact = (o: Operands, name: string, words: number) => ({ ...o.get(name), words });

/** Plans a trial of this choice. Throws GpuError where the product that comes of it isn't the one that was asked for. */
export function trialOf(gpu: Gpu, operands: Operands, choice: Choice, rows: number, plan: Plan): Trial {
  const trial = new Trial(gpu, choice, rows);
  const key = productKey({ ...operands.product, rows });
  const table = tilesOf(gpu);
  const { forced, chosen, asked } = table;
  Object.assign(table, { forced: null, chosen: new Map([[key, choice]]), asked: new Map() });
  try {
    plan(trial, operands);
    if (!table.asked.has(key)) throw new GpuError(`"${key}" can't be tried: it plans as "${[...table.asked.keys()].join(', ')}".`);
  } finally {
    Object.assign(table, { forced, chosen, asked });
  }
  return trial;
}
