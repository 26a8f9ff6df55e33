/** Descriptions of many images, batch by batch: what an encoder says of them, and their patches' colours. */
import type { Encoder } from './encoder.ts';
import { describeColors, describeThumbnails, type Description } from './figures.ts';
import type { Meter } from './meter.ts';
import type { Rows } from './rows.ts';

const table = (rows: number, width: number): Rows => ({ values: new Float32Array(rows * width), width });

/** Row `from` of what was read becomes row `to` of the table. */
function keep(read: Float32Array, from: number, { values, width }: Rows, to: number): void {
  values.set(read.subarray(from * width, (from + 1) * width), to * width);
}

export class Gathering {
  private readonly encoder: Encoder;
  private readonly classToken: Rows;
  private readonly meanPatch: Rows;
  private readonly deep: Rows;
  private readonly colors: Rows;
  private readonly thumbnailRows: Rows;
  /** One row per image whose patches are kept, and the place of each. */
  private readonly patches: { tokens: Rows; colors: Rows; places: ReadonlyMap<number, number> };

  /** Of so many images; of `patchImages` among them the patches too. `c` is the width of a token. */
  constructor(encoder: Encoder, c: number, images: number, patchImages: readonly number[]) {
    this.encoder = encoder;
    const patches = encoder.grid ** 2;
    this.classToken = table(images, c);
    this.meanPatch = table(images, c);
    this.deep = table(images, encoder.blocks * c);
    this.colors = table(images, 6);
    this.thumbnailRows = table(images, patches * 3);
    this.patches = { tokens: table(patchImages.length, patches * c), colors: table(patchImages.length, patches * 3), places: new Map(patchImages.map((image, place) => [image, place])) };
  }

  /** Reads what was encoded: the first `count` pictures are the images from `first` on. */
  async take(first: number, count: number, meter: Meter): Promise<void> {
    const { encoder, patches } = this;
    const wanted = Array.from({ length: count }, (_, i) => patches.places.get(first + i));
    const tokens = wanted.some(place => place !== undefined) ? await encoder.readPatchTokens(count) : null;
    const [features, classTokens, colors] = [await encoder.readFeatures(), await encoder.readClassTokens(), await encoder.readColors()];
    meter.cpu(() => {
      for (let i = 0; i < count; i++) {
        keep(features, 2 * i, this.classToken, first + i);
        keep(features, 2 * i + 1, this.meanPatch, first + i);
        keep(classTokens, i, this.deep, first + i);
        keep(colors.pictures, i, this.colors, first + i);
        keep(colors.patches, i, this.thumbnailRows, first + i);
        const place = wanted[i];
        if (place === undefined || !tokens) continue;
        keep(tokens, i, patches.tokens, place);
        keep(colors.patches, i, patches.colors, place);
      }
    });
  }

  get network(): Description {
    const { classToken, meanPatch, deep, patches: { tokens } } = this;
    return { classToken, meanPatch, deep, patches: { values: tokens.values, width: classToken.width }, patchNearness: 'angle' };
  }

  /** `bank` images from the first on are those that the others are compared with. */
  colours(bank: number): Description {
    return describeColors(this.colors, bank, this.patchColors);
  }

  thumbnails(bank: number): Description {
    return describeThumbnails(this.thumbnailRows, bank, this.patchColors);
  }

  private get patchColors(): Rows {
    return { values: this.patches.colors.values, width: 3 };
  }
}
