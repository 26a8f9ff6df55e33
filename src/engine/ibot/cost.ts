/** What a configuration costs, before anything is allocated. */
import type { Config } from '#contract/config.ts';
import type { CostEstimate } from '#contract/trainer.ts';
import { padded } from '#engine/gpu/tensor.ts';
import { gridOf, hiddenOf, parameterLayout } from '#engine/model/parameters.ts';
import { patchRows } from './layout.ts';
import { maxMaskedPatches } from './masking.ts';

/** Tokens of a micro-batch, and the words that a block keeps of each for the backward pass. */
function activations(c: Config): { tokens: number; kept: number } {
  const [C, F] = [padded(c.embedDim), padded(hiddenOf(c))];
  const localGrid = c.localViews ? c.localSize / c.patchSize : 0;
  const halved = c.halfStorage ? (3 * C + F) / 2 : 0; // both norms, what attention gives, the hidden layer
  return {
    tokens: (c.microBatch || c.batchSize) * (2 * (1 + gridOf(c) ** 2) + c.localViews * (1 + localGrid ** 2)),
    kept: 8 * C + 2 * F + (c.layerScale === null ? 0 : 2 * C) - halved,
  };
}

/**
 * Most words of logits that live at a time, per network: little beside what the blocks keep, so that there are few
 * dispatches where much is computed. From 16 MiB to 128 MiB, which every device binds.
 */
export function logitWords(c: Config): number {
  const { tokens, kept } = activations(c);
  return Math.max(4 << 20, Math.min(32 << 20, Math.floor(tokens * kept * c.depth / 64)));
}

/**
 * Multiply and add count as two. Only products and attention are counted: they are over nine tenths of a step.
 * The backward takes twice the student's forward; the teacher has no backward.
 */
export function estimateCost(c: Config): CostEstimate {
  const layout = parameterLayout(c);
  const grid = gridOf(c);
  const localGrid = c.localViews ? c.localSize / c.patchSize : 0;
  const [C, F, P3] = [c.embedDim, hiddenOf(c), 3 * c.patchSize ** 2];
  const perSequence = (patches: number) => {
    const T = 1 + patches;
    const block = 2 * T * (4 * C * C + 2 * C * F) + 4 * T * T * C;
    return c.depth * block + 2 * patches * P3 * C;
  };
  const perRow = 2 * (C * c.headHidden + c.headHidden ** 2 + c.headHidden * c.headBottleneck + c.headBottleneck * c.prototypes);
  const masked = c.batchSize * 2 * grid ** 2 * c.maskedImages * (c.maskRatio[0] + c.maskRatio[1]) / 2;
  const globals = 2 * c.batchSize * perSequence(grid ** 2);
  const locals = c.batchSize * c.localViews * perSequence(localGrid ** 2);
  const teacher = globals + (2 * c.batchSize + masked) * perRow;
  const student = globals + locals + ((2 + c.localViews) * c.batchSize + masked) * perRow;

  const images = c.microBatch || c.batchSize;
  const { tokens, kept } = activations(c);
  const rows = images * (2 + c.localViews) + maxMaskedPatches(2 * images, grid, c, 2 * c.batchSize);
  const head = rows * (4 * padded(c.headHidden) + 4 * padded(C)) * 1.5;
  const passing = tokens * (3 * padded(C) + padded(F) + 6 * padded(C));
  const logits = Math.min(logitWords(c), rows * padded(c.prototypes));
  const patches = patchRows({ images, localViews: c.localViews, grid, localGrid, depth: c.depth }) * padded(P3);
  const memory: CostEstimate['memory'] = {
    student: 4 * (layout.total + (c.halfStorage ? layout.spared / 2 : 0)),
    teacher: 4 * (layout.total + (c.halfStorage ? layout.spared / 2 : 0)),
    gradients: 4 * layout.total,
    moments: 8 * layout.total,
    activations: 4 * (tokens * kept * c.depth + passing + head),
    logits: 8 * logits,
    images: 4 * (patches + 2 * images * (2 * c.imageSize ** 2 + c.localViews * c.localSize ** 2)),
  };
  return {
    flopsPerStep: teacher + 3 * student, parameters: layout.count, memory, bytes: Object.values(memory).reduce((sum, part) => sum + part),
    largestBuffer: 4 * Math.max(layout.total, tokens * Math.max(3 * padded(C), padded(F)), rows * padded(c.headHidden), logits, patches),
  };
}
