/** A small teacher with fixed weights, and what it makes of pictures in float64. */
import { type Config, preset } from '#contract/config.ts';
import { initialWeights, parameterLayout, unpack } from '#engine/model/parameters.ts';
import { Rng } from '#lib/rng.ts';
import { backbone, type Weights } from '#reference/backbone.ts';
import { head } from '#reference/head.ts';

export const FIXED: Config = {
  ...preset('tiny'), imageSize: 20, patchSize: 4, embedDim: 22, depth: 2, numHeads: 2, mlpRatio: 2, headHidden: 30, headBottleneck: 10, prototypes: 37,
};
export const FIXED_LAYOUT = parameterLayout(FIXED);
/** Larger than at the start, so that tokens and logits differ well. */
export const FIXED_WEIGHTS = initialWeights(FIXED_LAYOUT, FIXED, new Rng(4)).map((w, i) => (i >= FIXED_LAYOUT.byName.get('head/layers.0.weight')!.at && i < FIXED_LAYOUT.spared ? 8 : 2) * w);

/** Smooth pictures of the network's own size, so that nothing is resized. */
export const fixedPictures = (count: number) => Array.from({ length: count }, (_, i) => {
  const S = FIXED.imageSize;
  const data = new Uint8ClampedArray(4 * S * S).fill(255);
  for (let y = 0; y < S; y++) for (let x = 0; x < S; x++) for (let c = 0; c < 3; c++) {
    const disc = Math.hypot(x - 4 - (5 * i) % 13, y - 8 + i % 5) < 4 + i % 3 ? 110 : 0;
    data[4 * (y * S + x) + c] = 60 + disc + 40 * Math.sin(x * (0.3 + 0.1 * c) + i) + 20 * Math.cos(y * 0.5 + c * i);
  }
  return { width: S, height: S, data };
});

const weightsOf = (part: string): Weights => Object.fromEntries(
  FIXED_LAYOUT.specs.filter(s => s.name.startsWith(`${part}/`)).map(s => [s.name.slice(part.length + 1), Float64Array.from(unpack(s, FIXED_WEIGHTS))]));

/** Normed tokens (pictures, 1 + grid^2, embedDim) and their logits (pictures, 1 + grid^2, prototypes). */
export function fixedAnswer(pictures: ReturnType<typeof fixedPictures>): { tokens: Float64Array; logits: Float64Array } {
  const { imageSize: S, patchSize, embedDim, depth, numHeads, mlpRatio, headHidden, headBottleneck, prototypes, mean, std } = FIXED;
  const images = Float64Array.from(pictures.flatMap(({ data }) => [0, 1, 2].flatMap(c => Array.from({ length: S * S }, (_, i) => (data[4 * i + c]! / 255 - mean[c]!) / std[c]!))));
  const { features: tokens } = backbone(weightsOf('backbone'), { embedDim, depth, heads: numHeads, mlpHidden: embedDim * mlpRatio, patchSize },
    { layout: { globals: pictures.length, g: S / patchSize, locals: 0, l: 0 }, globalImages: images, localImages: [], mask: null, drop: null });
  const { logits } = head(weightsOf('head'), { embedDim, hidden: headHidden, bottleneck: headBottleneck, prototypes }, tokens);
  return { tokens, logits };
}
