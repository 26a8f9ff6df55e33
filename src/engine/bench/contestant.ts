/** The engine as one of those that are compared. */
import { Gpu } from '#engine/gpu/device.ts';
import { Program } from '#engine/gpu/program.ts';
import { download, padded, tensor, upload } from '#engine/gpu/tensor.ts';
import { gemmGradient, gemmNN, gemmNT } from '#engine/ops/gemm.ts';
import type { Tensor } from '#engine/gpu/program.ts';
import { Block } from './block.ts';
import type { BlockData } from './block-data.ts';
import { type BlockRun, type Contestant, type ProductForm, type ProductRun, type ProductShape, productSizes } from './peer.ts';

export function ours(): Contestant {
  let gpu: Gpu | null = null;
  const opened = (): Gpu => {
    if (!gpu) throw new Error('The contestant was not opened.');
    return gpu;
  };
  return {
    name: 'Glimpse',
    async open() {
      gpu = await Gpu.open();
      return gpu.device;
    },
    block: data => blockRun(opened(), data),
    product: (form, shape, a, b) => productRun(opened(), form, shape, a, b),
    close: () => opened().destroy(),
  };
}

async function blockRun(gpu: Gpu, data: BlockData): Promise<BlockRun> {
  const block = await new Block(gpu, data).build();
  return {
    step() {
      block.step();
      return block.loss();
    },
    async steps(count) {
      for (let i = 0; i < count; i++) block.step();
      await gpu.device.queue.onSubmittedWorkDone();
    },
    destroy: () => block.destroy(),
  };
}

/** Plans a product of that form and shape, all sides multiples of 4. */
export function planProduct(p: Program, form: ProductForm, { m, n, k }: ProductShape, { a, b, out }: { a: Tensor; b: Tensor; out: Tensor }): void {
  if (form === 'NT') gemmNT(p, { a, b, out, rows: m, n, k });
  else if (form === 'NN') gemmNN(p, { a, b, out, rows: m, n: k, k: n });
  else gemmGradient(p, { dy: a, x: b, dweight: out, rows: m, o: n, i: k });
}

async function productRun(gpu: Gpu, form: ProductForm, shape: ProductShape, left: Float32Array, right: Float32Array): Promise<ProductRun> {
  const sizes = productSizes(form, shape);
  for (const [, columns] of Object.values(sizes)) if (columns !== padded(columns)) throw new Error(`The products compared have sides that are multiples of 4, not ${columns}.`);
  const make = (label: string, [rows, columns]: readonly [number, number]) => tensor(gpu, label, rows * columns);
  const t = { a: make('a', sizes.a), b: make('b', sizes.b), out: make('out', sizes.out) };
  upload(gpu, t.a, left);
  upload(gpu, t.b, right);
  const p = new Program(gpu, 'product');
  planProduct(p, form, shape, t);
  await p.build();
  return {
    async run(count) {
      for (let i = 0; i < count; i++) p.run();
      await gpu.device.queue.onSubmittedWorkDone();
    },
    async result() {
      // A weight gradient is added to.
      upload(gpu, t.out, new Float32Array(t.out.words));
      p.run();
      return download(gpu, t.out);
    },
    destroy() {
      p.destroy();
      for (const x of Object.values(t)) gpu.release(x.buffer!);
    },
  };
}
