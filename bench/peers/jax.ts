/** jax-js on WebGPU: the whole step, gradient and AdamW in one jitted function. A use of an array hands it over; `.ref` keeps it. */
import { type Array as JaxArray, blockUntilReady, defaultDevice, getWebGPUDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { BlockData } from '../../src/engine/bench/block-data.ts';
import type { BlockRun, Contestant, ProductForm, ProductRun } from '../../src/engine/bench/peer.ts';
import type { PeerOptions } from './index.ts';

type Tree = Record<string, JaxArray>;
type State = [Tree, Tree, Tree];

const array = (values: Float32Array, shape: readonly number[]): JaxArray => np.array(values as Float32Array<ArrayBuffer>).reshape([...shape]);

const settled = (): Promise<undefined> => getWebGPUDevice().queue.onSubmittedWorkDone();

export const jax = (o: PeerOptions): Contestant => ({
  name: `jax-js ${o.jaxVersion}`,
  async open() {
    if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js found no WebGPU here.');
    defaultDevice('webgpu');
    return getWebGPUDevice();
  },
  block: data => Promise.resolve(block(data, o)),
  async product(form, shape, a, b) {
    const sizes = o.productSizes(form, shape);
    const operands = await blockUntilReady([array(a, sizes.a), array(b, sizes.b)]);
    return product(form, operands[0] as JaxArray, operands[1] as JaxArray);
  },
  close: () => {},
});

function product(form: ProductForm, a: JaxArray, b: JaxArray): ProductRun {
  const once = jit((x: JaxArray, y: JaxArray) =>
    form === 'NT' ? np.matmul(x, y.transpose()) : form === 'NN' ? np.matmul(x, y) : np.matmul(x.transpose(), y));
  return {
    async run(count) {
      const results: JaxArray[] = [];
      for (let i = 0; i < count; i++) results.push(once(a.ref, b.ref));
      await blockUntilReady(results);
      await settled();
      tree.dispose(results);
    },
    async result() {
      return await once(a.ref, b.ref).data() as Float32Array;
    },
    destroy: () => {
      tree.dispose([a, b]);
      once.dispose();
    },
  };
}

function block({ size, weights, x: input, target: wanted }: BlockData, { adamw, eps }: PeerOptions): BlockRun {
  const { batch: B, tokens: T, width: C, heads: H } = size;
  const rows = B * T;
  const names = Object.keys(weights);
  const x = array(input, [rows, C]);
  const target = array(wanted, [rows, C]);
  const start = Object.fromEntries(Object.entries(weights).map(([name, { shape, values }]) => [name, array(values, shape)]));
  const zeros = () => Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, np.zeros([...shape])]));
  let state: State = [start, zeros(), zeros()];

  const loss = (w: Tree, tokens: JaxArray, goal: JaxArray): JaxArray => {
    const take = (name: string): JaxArray => w[name] as JaxArray;
    const norm = (v: JaxArray, name: string) => nn.standardize(v, -1, { epsilon: eps }).mul(take(`${name}.weight`)).add(take(`${name}.bias`));
    const linear = (v: JaxArray, name: string) => np.matmul(v, take(`${name}.weight`).transpose()).add(take(`${name}.bias`));
    const qkv = linear(norm(tokens.ref, 'norm1'), 'attn.qkv').reshape([B, T, 3, H, C / H]);
    const attention = nn.dotProductAttention(qkv.ref.slice([], [], 0), qkv.ref.slice([], [], 1), qkv.slice([], [], 2));
    const middle = tokens.add(linear(attention.reshape([rows, C]), 'attn.proj'));
    const hidden = linear(norm(middle.ref, 'norm2'), 'mlp.fc1');
    const y = middle.add(linear(nn.gelu(hidden, { approximate: false }), 'mlp.fc2'));
    return np.mean(np.square(y.sub(goal)));
  };

  const update = jit(([w, m, s]: State, tokens: JaxArray, goal: JaxArray, rate: JaxArray, correction: JaxArray): [State, JaxArray] => {
    const [value, grads] = valueAndGrad(loss)(tree.ref(w), tokens, goal) as unknown as [JaxArray, Tree];
    const next: State = [{}, {}, {}];
    for (const name of names) {
      const g = grads[name] as JaxArray;
      const mean = (m[name] as JaxArray).mul(adamw.beta1).add(g.ref.mul(1 - adamw.beta1));
      const square = (s[name] as JaxArray).mul(adamw.beta2).add(np.square(g).mul(1 - adamw.beta2));
      const step = mean.ref.mul(rate.ref).div(np.sqrt(square.ref).mul(correction.ref).add(adamw.eps));
      next[0][name] = (w[name] as JaxArray).mul(1 - adamw.lr * adamw.decay).sub(step);
      next[1][name] = mean;
      next[2][name] = square;
    }
    rate.dispose();
    correction.dispose();
    return [next, value];
  });

  let taken = 0;
  const take = (): JaxArray => {
    taken++;
    const [next, value] = update(state, x.ref, target.ref, np.array(adamw.lr / (1 - adamw.beta1 ** taken)), np.array(1 / Math.sqrt(1 - adamw.beta2 ** taken)));
    state = next;
    return value;
  };
  return {
    async step() {
      const value = take();
      await blockUntilReady(state);
      return (await value.data())[0] as number;
    },
    async steps(count) {
      const values = Array.from({ length: count }, take);
      await blockUntilReady([...values, state]);
      await settled();
      tree.dispose(values);
    },
    destroy: () => {
      tree.dispose([state, x, target]);
      update.dispose();
    },
  };
}
