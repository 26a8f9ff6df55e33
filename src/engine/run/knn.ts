/** What the teacher's features are worth: nearest neighbours of labelled queries among the dataset's own images. */
import type { Config } from '#contract/config.ts';
import type { KnnResult } from '#contract/trainer.ts';
import { StateError } from '#lib/errors.ts';
import type { Dataset } from '#engine/data/dataset.ts';
import { centerView } from '#engine/data/views.ts';
import type { Encoder } from '#engine/insight/encoder.ts';
import { knnAccuracy } from '#engine/insight/knn.ts';

/** The queries' labels as classes of the dataset. Throws StateError where either has none, or the queries have others. */
export function queryLabels(dataset: Dataset, queries: Dataset): number[] {
  if (!dataset.labels) throw new StateError('k-NN needs class sub-folders: the training folder has none.');
  if (!queries.labels) throw new StateError('k-NN needs class sub-folders: the folder of queries has none.');
  const known = queries.classes.map(name => dataset.classes.indexOf(name));
  const stranger = known.indexOf(-1);
  if (stranger >= 0) throw new StateError(`The queries' class "${queries.classes[stranger]}" is no class of the training folder (${dataset.classes.join(', ')}).`);
  return Array.from(queries.labels, l => known[l]!);
}

/** Weighted 20-nearest-neighbour accuracy, percent; both datasets have labels. */
export async function knn(encoder: Encoder, config: Config, dataset: Dataset, queries: Dataset, labels: readonly number[]): Promise<KnnResult> {
  const bank = await featuresOf(encoder, config, dataset);
  const query = await featuresOf(encoder, config, queries);
  const accuracy = (which: 'cls' | 'mean') => knnAccuracy(bank[which], dataset.labels!, query[which], labels, config.embedDim);
  return { classToken: accuracy('cls'), meanPatch: accuracy('mean'), queries: queries.count, bank: dataset.count };
}

/** (count, embedDim) each: class tokens and mean patch tokens. */
async function featuresOf(encoder: Encoder, config: Config, dataset: Dataset): Promise<{ cls: Float32Array; mean: Float32Array }> {
  const c = config.embedDim;
  const cls = new Float32Array(dataset.count * c);
  const mean = new Float32Array(dataset.count * c);
  for (let first = 0; first < dataset.count; first += encoder.count) {
    // The last batch is filled up with its last image.
    const indices = Array.from({ length: encoder.count }, (_, i) => Math.min(dataset.count - 1, first + i));
    const images = await dataset.images(indices);
    await encoder.run(images, images.map(i => centerView(i.width, i.height)));
    const features = await encoder.readFeatures();
    for (let i = 0; i < encoder.count && first + i < dataset.count; i++) {
      cls.set(features.subarray(2 * i * c, (2 * i + 1) * c), (first + i) * c);
      mean.set(features.subarray((2 * i + 1) * c, (2 * i + 2) * c), (first + i) * c);
    }
  }
  return { cls, mean };
}
