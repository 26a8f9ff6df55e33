/** TensorFlow.js on WebGPU: eager, with fused linear layers; constants are made once, everything else is freed as it goes. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-backend-webgpu';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { BlockData } from '../../src/engine/bench/block-data.ts';
import type { BlockRun, Contestant, ProductForm, ProductRun } from '../../src/engine/bench/peer.ts';
import type { PeerOptions } from './index.ts';

const backend = (): WebGPUBackend => tf.backend() as WebGPUBackend;

async function settled(): Promise<void> {
  // It submits every so many dispatches by itself; its own submit ends no pass, and fails where nothing is left.
  backend().endComputePassEncoder();
  backend().ensureCommandEncoderReady();
  backend().submitQueue();
  await backend().queue.onSubmittedWorkDone();
}

export const tensorflow = (o: PeerOptions): Contestant => ({
  name: `tfjs-webgpu ${tf.version_core}`,
  async open() {
    if (!await tf.setBackend('webgpu')) throw new Error('TensorFlow.js found no WebGPU here.');
    await tf.ready();
    return backend().device;
  },
  block: data => Promise.resolve(block(data, o)),
  product: (form, shape, a, b) => {
    const sizes = o.productSizes(form, shape);
    return Promise.resolve(product(form, tf.tensor2d(a, [...sizes.a]), tf.tensor2d(b, [...sizes.b])));
  },
  close: () => tf.removeBackend('webgpu'),
});

function product(form: ProductForm, a: tf.Tensor2D, b: tf.Tensor2D): ProductRun {
  const once = () => tf.matMul(a, b, form === 'gradient', form === 'NT');
  return {
    async run(count) {
      for (let i = 0; i < count; i++) once().dispose();
      await settled();
    },
    async result() {
      const c = once();
      const values = await c.data<'float32'>();
      c.dispose();
      return values;
    },
    destroy: () => tf.dispose([a, b]),
  };
}

function block({ size, weights, x: input, target: wanted }: BlockData, { adamw, eps }: PeerOptions): BlockRun {
  const { batch: B, tokens: T, width: C, heads: H } = size;
  const rows = B * T;
  const variables = Object.fromEntries(Object.entries(weights).map(([name, { shape, values }]) => [name, tf.variable(tf.tensor(values, [...shape]), true, `${name} ${Math.random()}`)]));
  const w = (name: string) => variables[name] as tf.Variable;
  const first = Object.fromEntries(Object.entries(variables).map(([name, v]) => [name, tf.variable(tf.zerosLike(v), false)]));
  const second = Object.fromEntries(Object.entries(variables).map(([name, v]) => [name, tf.variable(tf.zerosLike(v), false)]));
  const x = tf.tensor2d(input, [rows, C]);
  const target = tf.tensor2d(wanted, [rows, C]);
  const scalars = [eps, (C / H) ** -0.5, Math.SQRT1_2, 0.5, 1, adamw.beta1, 1 - adamw.beta1, adamw.beta2, 1 - adamw.beta2, adamw.eps, 1 - adamw.lr * adamw.decay].map(v => tf.scalar(v));
  const [epsilon, scale, root, half, one, beta1, rest1, beta2, rest2, tiny, keep] = scalars as [tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar, tf.Scalar];

  const norm = (v: tf.Tensor2D, name: string): tf.Tensor2D => {
    const { mean, variance } = tf.moments(v, -1, true);
    return v.sub(mean).mul(tf.rsqrt(variance.add(epsilon))).mul(w(`${name}.weight`)).add(w(`${name}.bias`));
  };
  const linear = (v: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.fused.matMul({ a: v, b: w(`${name}.weight`) as unknown as tf.Tensor2D, transposeB: true, bias: w(`${name}.bias`) }) as tf.Tensor2D;
  const gelu = (v: tf.Tensor2D): tf.Tensor2D => v.mul(half).mul(tf.erf(v.mul(root)).add(one));
  const loss = (): tf.Scalar => {
    const qkv = linear(norm(x, 'norm1'), 'attn.qkv').reshape([B, T, 3, H, C / H]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = tf.unstack(qkv) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const attention = tf.matMul(tf.softmax(tf.matMul(q, k, false, true).mul(scale)), v);
    const middle = x.add(linear(attention.transpose([0, 2, 1, 3]).reshape([rows, C]), 'attn.proj')) as tf.Tensor2D;
    const y = middle.add(linear(gelu(linear(norm(middle, 'norm2'), 'mlp.fc1')), 'mlp.fc2'));
    return tf.squaredDifference(y, target).mean();
  };

  let taken = 0;
  const take = (): tf.Scalar => tf.tidy(() => {
    taken++;
    const rate = tf.scalar(adamw.lr / (1 - adamw.beta1 ** taken));
    const correction = tf.scalar(1 / Math.sqrt(1 - adamw.beta2 ** taken));
    const { value, grads } = tf.variableGrads(loss, Object.values(variables));
    for (const [name, v] of Object.entries(variables)) {
      const g = grads[v.name] as tf.Tensor;
      const m = (first[name] as tf.Variable).mul(beta1).add(g.mul(rest1));
      const s = (second[name] as tf.Variable).mul(beta2).add(g.square().mul(rest2));
      (first[name] as tf.Variable).assign(m);
      (second[name] as tf.Variable).assign(s);
      v.assign(v.mul(keep).sub(m.mul(rate).div(s.sqrt().mul(correction).add(tiny))));
    }
    return value;
  });
  return {
    async step() {
      const value = take();
      const [l] = await value.data();
      value.dispose();
      return l as number;
    },
    async steps(count) {
      for (let i = 0; i < count; i++) take().dispose();
      await settled();
    },
    destroy: () => tf.dispose([...Object.values(variables), ...Object.values(first), ...Object.values(second), x, target, ...scalars]),
  };
}
