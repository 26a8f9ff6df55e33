/** The images that views can be of: the dataset's, and one guest. */
import { GUEST } from '#contract/trainer.ts';
import { StateError } from '#lib/errors.ts';
import type { Dataset, SourceImage } from '#engine/data/dataset.ts';
import { decodeImage } from '#engine/data/decode.ts';

export class Pictures {
  private readonly dataset: () => Dataset | null;
  private guest: { path: string; file: Blob; image: SourceImage; size: number } | null = null;

  constructor(dataset: () => Dataset | null) {
    this.dataset = dataset;
  }

  /** Throws UnusableImageError where the file is no image that can be used. */
  async look(path: string, file: Blob, size: number): Promise<void> {
    this.guest = { path, file, image: await decodeImage(file, size), size };
  }

  pathOf(index: number): string {
    return index === GUEST ? this.guest?.path ?? '' : this.dataset()?.paths[index] ?? '';
  }

  /** `size` is the shorter side that is wanted of the guest; images of the dataset come as they are kept. */
  async of(indices: readonly number[], size: number): Promise<SourceImage[]> {
    const known = indices.filter(i => i !== GUEST);
    const images = known.length ? await this.require().images(known) : [];
    const guest = known.length < indices.length ? await this.guestAt(size) : null;
    return indices.map(i => i === GUEST ? guest! : images.shift()!);
  }

  require(): Dataset {
    return requireImages(this.dataset());
  }

  /** The same for the same pictures. */
  identity(indices: readonly number[]): readonly unknown[] {
    return [...indices, ...indices.map(i => i === GUEST ? this.guest : this.dataset())];
  }

  private async guestAt(size: number): Promise<SourceImage> {
    const { guest } = this;
    if (!guest) throw new StateError('There is no picture of your own to look at: choose or drop one on the panel "What it sees".');
    if (guest.size < size) {
      guest.image = await decodeImage(guest.file, size);
      guest.size = size;
    }
    return guest.image;
  }
}

/** Throws StateError where there are no images. */
export function requireImages(dataset: Dataset | null): Dataset {
  if (!dataset) throw new StateError('There are no images yet: add a folder or take the sample images.');
  return dataset;
}
