import type { Config } from '#contract/config.ts';
import type { Rng } from '#lib/rng.ts';
import { initialWeights, type ModelShape, type ParameterLayout } from '#engine/model/parameters.ts';

/** Both networks as a run starts with them, as their flat buffers have them. */
export function initialNetworks(layout: ParameterLayout, config: ModelShape & Pick<Config, 'teacherInit'>, rng: Rng): { student: Float32Array; teacher: Float32Array<ArrayBuffer> } {
  const student = initialWeights(layout, config, rng);
  const teacher = student.slice();
  if (config.teacherInit === 'seed') {
    // As in the reference: the same backbone, a head of its own.
    const own = initialWeights(layout, config, rng);
    for (const { name, at, words } of layout.specs) if (name.startsWith('head/')) teacher.set(own.subarray(at, at + words), at);
  }
  return { student, teacher };
}
