/** The ops that move memory and compute little, each with the bytes that its algorithm must read and write. */
import type { Gpu } from '#engine/gpu/device.ts';
import type { Program } from '#engine/gpu/program.ts';
import { layernormBackward, layernormForward } from '#engine/ops/layernorm.ts';
import { centerSums, crossEntropy, packPair, teacherSoftmax } from '#engine/ops/loss.ts';
import { optimizer } from '#engine/ops/optimizer.ts';
import { normalizeForward } from '#engine/ops/rows.ts';
import type { Memory } from './memory.ts';

export interface ElementwiseCase {
  op: string; rows: number; columns: number; bytes: number;
  plan: (p: Program, memory: Memory) => void;
}

/** Words of one tensor: its copy and itself are more than the caches of what it is measured on. */
const WORDS = { software: 16 << 20, hardware: 32 << 20 };
/** AdamW keeps five tensors of this size. */
const PARAMETERS = { software: 4 << 20, hardware: 16 << 20 };
const [WIDTH, BOTTLENECK, PROTOTYPES] = [384, 256, 2048];
const TEMP = 0.1;

export function elementwiseCases(gpu: Gpu): ElementwiseCase[] {
  const words = gpu.software ? WORDS.software : WORDS.hardware;
  const parameters = gpu.software ? PARAMETERS.software : PARAMETERS.hardware;
  /** A case whose tensors are all (rows, columns); `tensors` of them are read or written. */
  const rowwise = (op: string, columns: number, tensors: number, plan: (p: Program, memory: Memory, rows: number) => void): ElementwiseCase => {
    const rows = Math.floor(words / columns);
    return { op, rows, columns, bytes: 4 * tensors * rows * columns, plan: (p, memory) => plan(p, memory, rows) };
  };
  const logitRows = (rows: number) => ({ rows: () => rows, maxRows: rows, row0: () => 0, clsRows: rows, k: PROTOTYPES });
  return [
    // x; y
    rowwise('LayerNorm forward', WIDTH, 2, (p, memory, rows) => layernormForward(p, {
      x: memory.random('x', rows * WIDTH), weight: memory.random('weight', WIDTH), bias: memory.random('bias', WIDTH),
      y: memory.zeros('y', rows * WIDTH), stats: memory.zeros('stats', 2 * rows), rows, c: WIDTH,
    })),
    // dy, x, the gradient that passes by; dx
    rowwise('LayerNorm backward', WIDTH, 4, (p, memory, rows) => layernormBackward(p, {
      dy: memory.random('dy', rows * WIDTH), x: memory.random('x', rows * WIDTH), past: memory.random('past', rows * WIDTH), dx: memory.zeros('dx', rows * WIDTH),
      weight: memory.random('weight', WIDTH), stats: memory.of('stats', Float32Array.from({ length: 2 * rows }, (_, i) => i % 2)),
      dweight: memory.zeros('dweight', WIDTH), dbias: memory.zeros('dbias', WIDTH), rows, c: WIDTH,
    })),
    // the gradient for its norm and again for the step, weight, moments, teacher; weight, moments, teacher
    {
      op: 'AdamW and EMA', rows: 1, columns: parameters, bytes: 4 * 10 * parameters,
      plan: (p, memory) => optimizer(p, {
        gradients: memory.random('gradients', parameters), student: memory.random('student', parameters), teacher: memory.random('teacher', parameters),
        first: memory.zeros('first', parameters), second: memory.zeros('second', parameters), numbers: memory.zeros('numbers', 16),
        total: parameters, spared: parameters, last: parameters,
        step: () => ({ active: parameters, lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0.04, sparedDecay: 0, clip: 3, ema: 0.99, step: 10, lastStep: 10 }),
      }),
    },
    // logits; probabilities
    rowwise('teacher softmax and centering', PROTOTYPES, 2, (p, memory, rows) => teacherSoftmax(p, {
      ...logitRows(rows), logits: memory.random('logits', rows * PROTOTYPES), centers: memory.random('centers', 2 * PROTOTYPES), entropy: memory.zeros('entropy', rows), temp: () => TEMP,
    })),
    // targets, logits; gradients
    rowwise('cross-entropy', PROTOTYPES, 3, (p, memory, rows) => {
      const pairs = new DataView(new ArrayBuffer(16 * rows));
      for (let r = 0; r < rows; r++) packPair(pairs, r, r, r, 1 / rows, 0);
      crossEntropy(p, {
        ...logitRows(rows), logits: memory.random('logits', rows * PROTOTYPES), targets: memory.of('targets', new Float32Array(rows * PROTOTYPES).fill(1 / PROTOTYPES)),
        pairs: memory.of('pairs', new Uint32Array(pairs.buffer)), losses: memory.zeros('losses', rows), teacherRow0: () => 0, temp: TEMP, clsWeight: () => 1, patchWeight: () => 1,
      });
    }),
    // logits
    rowwise('center sums', PROTOTYPES, 1, (p, memory, rows) => centerSums(p, {
      ...logitRows(rows), logits: memory.random('logits', rows * PROTOTYPES), sums: memory.zeros('sums', 2 * PROTOTYPES),
    })),
    // x; y
    rowwise('row L2 norm', BOTTLENECK, 2, (p, memory, rows) => normalizeForward(p, {
      x: memory.random('x', rows * BOTTLENECK), y: memory.zeros('y', rows * BOTTLENECK), norms: memory.zeros('norms', rows), rows, c: BOTTLENECK,
    })),
  ];
}
