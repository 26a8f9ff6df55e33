import type { Config } from '#contract/config.ts';
import { writeSafetensors } from '#formats/safetensors.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { download } from '#engine/gpu/tensor.ts';
import type { TrainingState } from '#engine/ibot/state.ts';
import { unpack } from '#engine/model/parameters.ts';

/**
 * The teacher's backbone as safetensors under timm's names: what
 * `timm.models.vision_transformer.VisionTransformer(num_classes=0, ...)` loads strictly. The mask token stays behind
 * (timm has none); the metadata holds the constructor's arguments and the normalisation.
 */
export async function exportModel(gpu: Gpu, config: Config, state: TrainingState, step: number): Promise<ArrayBuffer> {
  const flat = await download(gpu, state.teacher);
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const spec of state.layout.specs) {
    const name = /^backbone\/(.*)$/.exec(spec.name)?.[1];
    if (name && name !== 'mask_token') tensors.set(name, { shape: spec.shape, data: unpack(spec, flat) });
  }
  const { imageSize, patchSize, embedDim, depth, numHeads, mlpRatio, layerScale, mean, std } = config;
  return writeSafetensors(tensors, {
    format: 'pt',
    about: `Teacher of an iBOT run by Glimpse after ${step} steps`,
    timm: JSON.stringify({ img_size: imageSize, patch_size: patchSize, embed_dim: embedDim, depth, num_heads: numHeads, mlp_ratio: mlpRatio, init_values: layerScale, num_classes: 0 }),
    mean: JSON.stringify(mean),
    std: JSON.stringify(std),
  });
}
