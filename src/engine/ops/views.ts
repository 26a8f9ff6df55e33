/**
 * The views on the GPU: pictures go in as bytes, rows of normalised patches come out. All views of a
 * micro-batch share each dispatch. Between the stages a pixel is a word of three bytes, as in Pillow.
 */
import viewTable from '#shaders/shared/view_table.wgsl?raw';
import viewBlur from '#shaders/view_blur.wgsl?raw';
import viewColor from '#shaders/view_color.wgsl?raw';
import viewFinish from '#shaders/view_finish.wgsl?raw';
import viewResize from '#shaders/view_resize.wgsl?raw';
import { type Gpu, GpuError, type KernelSource } from '#engine/gpu/device.ts';
import { Program, type Replay, type Tensor } from '#engine/gpu/program.ts';
import { padded, tensor } from '#engine/gpu/tensor.ts';

export interface ViewShape {
  /** Images of a micro-batch. */
  images: number;
  /** Views per image: globals of imageSize, then locals of localSize pixels a side. */
  globals: number; locals: number;
  imageSize: number; localSize: number; patchSize: number;
  mean: readonly number[]; std: readonly number[];
}

/** RGBA bytes, row by row. */
export interface Picture { width: number; height: number; data: Uint8ClampedArray }

/** One view of one picture: what drawViews and centerView of the data folder give. */
export interface ViewRecipe {
  crop: { left: number; top: number; width: number; height: number };
  flip: boolean;
  color: readonly { step: keyof typeof STEPS; factor: number }[];
  gray: boolean; blurSigma: number; solarize: boolean;
}

interface Live { color: boolean; blur: boolean }

const STEPS = { brightness: 1, contrast: 2, saturation: 3, hue: 4 } as const;
const VIEW_WORDS = 16;
const [FACTORS, HUE, BOX] = [6, 9, 10]; // words of struct View in view_table.wgsl

/** Rows of patches that the views of a micro-batch make. */
export function viewRows(s: ViewShape): number {
  const patches = (side: number) => (side / s.patchSize) ** 2;
  return s.images * (s.globals * patches(s.imageSize) + (s.locals ? s.locals * patches(s.localSize) : 0));
}

/** Words of GPU memory that pictures take: what `reserve` wants. */
export function pictureWords(pictures: readonly { width: number; height: number }[]): number {
  return pictures.reduce((sum, p) => sum + p.width * p.height, 0);
}

/**
 * Order of the rows: global view 0 of every image, global view 1, ..., local view 0 of every image, ...
 * The views' pixels are stored once more between the stages, 4 bytes each, twice; a micro-batch whose pixels,
 * pictures or patches exceed the largest binding (128 MiB at least) is refused with a GpuError.
 */
export class ViewPipeline {
  private readonly gpu: Gpu;
  private readonly shape: ViewShape;
  private readonly patches: Tensor;
  private readonly table: Tensor;
  private readonly rows: DataView;
  private source: Tensor | null = null;
  private program: Program<Live> | null = null;
  private live: Live = { color: false, blur: false };
  private loaded = false;

  private constructor(gpu: Gpu, shape: ViewShape, patches: Tensor) {
    this.gpu = gpu;
    this.shape = shape;
    this.patches = patches;
    const words = shape.images * (shape.globals + shape.locals) * VIEW_WORDS;
    this.table = tensor(gpu, 'view table', words);
    this.rows = new DataView(new ArrayBuffer(4 * words));
  }

  /** `patches`: (viewRows, 3 P P padded to quads), with memory of its own. `pictureWords` can be raised later by `reserve`. */
  static async create(gpu: Gpu, shape: ViewShape, patches: Tensor, pictureWords: number): Promise<ViewPipeline> {
    const wanted = viewRows(shape) * padded(3 * shape.patchSize ** 2);
    if (patches.words < wanted) throw new GpuError(`"${patches.label}" has ${patches.words} words, the views fill ${wanted}.`);
    const pipeline = new ViewPipeline(gpu, shape, patches);
    await pipeline.reserve(pictureWords);
    return pipeline;
  }

  /** Makes room for pictures of so many words together. Costs nothing while they fit. */
  async reserve(pictureWords: number): Promise<void> {
    if (this.source && pictureWords <= this.source.words) return;
    this.release();
    this.source = tensor(this.gpu, 'pictures', Math.max(1, pictureWords));
    this.program = await this.plan(this.source).build();
  }

  /**
   * Queues the writes of a micro-batch: one picture per image, `recipes[image][view]`. Takes effect before the
   * next submit, so encode and submit before loading again.
   */
  load(pictures: readonly Picture[], recipes: readonly (readonly ViewRecipe[])[]): void {
    const { images, globals, locals } = this.shape;
    const { gpu, source } = this;
    const words = pictureWords(pictures);
    if (pictures.length !== images || recipes.length !== images) throw new GpuError(`Views are planned for ${images} images, got ${pictures.length} with ${recipes.length} sets of views.`);
    if (!source || words > source.words) throw new GpuError(`The pictures take ${words} words, room was made for ${source?.words ?? 0}: reserve more first.`);
    this.live = { color: false, blur: false };
    this.loaded = true;
    let start = 0;
    pictures.forEach((picture, image) => {
      const { width, height, data } = picture;
      if (data.length !== 4 * width * height) throw new GpuError(`Picture ${image} is ${width} x ${height} but has ${data.length} bytes, not ${4 * width * height}.`);
      gpu.device.queue.writeBuffer(source.buffer!, source.offset + 4 * start, data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
      const own = recipes[image]!;
      if (own.length !== globals + locals) throw new GpuError(`Views are planned for ${globals + locals} views of an image, image ${image} has ${own.length}.`);
      own.forEach((recipe, view) => this.write(view * images + image, start, picture, recipe));
      start += width * height;
    });
    gpu.device.queue.writeBuffer(this.table.buffer!, this.table.offset, this.rows.buffer as ArrayBuffer);
  }

  encode(encoder: GPUCommandEncoder): void {
    this.program!.encode(encoder, this.live);
  }

  /** The views of the last micro-batch again, for timing; null before the first. They come out the same. */
  replay(): Replay | null {
    return this.loaded ? this.program!.replay({ ...this.live }) : null;
  }

  destroy(): void {
    this.release();
    this.gpu.release(this.table.buffer!);
  }

  private release(): void {
    this.program?.destroy();
    if (this.source) this.gpu.release(this.source.buffer!);
    this.program = null;
    this.source = null;
  }

  private write(row: number, start: number, picture: Picture, { crop, flip, color, gray, blurSigma, solarize }: ViewRecipe): void {
    const inside = crop.left >= 0 && crop.top >= 0 && crop.width > 0 && crop.height > 0
      && crop.left + crop.width <= picture.width && crop.top + crop.height <= picture.height;
    if (!inside) throw new GpuError(`A crop of ${crop.width} x ${crop.height} at ${crop.left}, ${crop.top} leaves its picture of ${picture.width} x ${picture.height}.`);
    const base = 4 * VIEW_WORDS * row;
    const set = (word: number, value: number) => this.rows.setUint32(base + 4 * word, value, true);
    const box = boxBlur(blurSigma);
    [start + crop.top * picture.width + crop.left, picture.width, crop.width, crop.height, (flip ? 1 : 0) | (gray ? 2 : 0) | (solarize ? 4 : 0),
      color.reduce((steps, { step }, k) => steps | STEPS[step] << 4 * k, 0)].forEach((value, word) => set(word, value));
    [box.radius, box.full, box.edge].forEach((value, k) => set(BOX + k, value));
    for (const { step, factor } of color) {
      if (step === 'hue') set(HUE, (Math.trunc(factor * 255) + 256) % 256);
      else this.rows.setFloat32(base + 4 * (FACTORS + STEPS[step] - 1), factor, true);
    }
    this.live.color ||= color.length > 0 || gray;
    this.live.blur ||= box.full > 0;
  }

  private plan(source: Tensor): Program<Live> {
    const { patches, table, shape: s } = this;
    const p = new Program<Live>(this.gpu, 'views');
    const [big, small] = [s.images * s.globals, s.images * s.locals];
    const LOCAL = s.locals ? s.localSize : 1;
    const P = s.patchSize;
    const constants = { VIEWS_GLOBAL: big, VIEWS_LOCAL: small, GLOBAL: s.imageSize, LOCAL };
    const kernel = (name: string, text: string, more = {}): KernelSource => ({ name, source: `${viewTable}\n${text}`, constants: { ...constants, ...more } });
    const shares = (per: (side: number) => number) => big * per(s.imageSize) + small * per(LOCAL);
    const total = shares(side => side ** 2);
    const pixels = p.temp('view pixels', total);
    const turned = p.temp('turned pixels', total);
    p.add({ kernel: kernel('view_resize', viewResize), bind: [source, table, pixels], groups: shares(side => Math.ceil(side / 8) ** 2) });
    p.add({ kernel: kernel('view_color', viewColor), bind: [table, pixels], groups: l => l.color ? big + small : 0 });
    const blurGroups = shares(side => Math.ceil(side / Math.max(1, Math.floor(256 / side))));
    for (const [from, to] of [[pixels, turned], [turned, pixels]] as const) {
      p.add({ kernel: kernel('view_blur', viewBlur), bind: [table, from, to], groups: l => l.blur ? blurGroups : 0 });
    }
    const [mean_r, mean_g, mean_b] = s.mean as [number, number, number];
    const [std_r, std_g, std_b] = s.std as [number, number, number];
    p.add({
      kernel: kernel('view_finish', viewFinish, { P, STRIDE: padded(3 * P * P) }), bind: [table, pixels, patches],
      params: { mean_r, mean_g, mean_b, std_r, std_g, std_b }, groups: Math.ceil(total / 64),
    });
    return p;
  }
}

/**
 * Pillow's Gaussian blur is three box blurs that together have its variance. The box: `radius` whole pixels to
 * each side weigh `full`, one more at each end weighs `edge`, in parts of 2^24. Float32 where Pillow has it.
 */
export function boxBlur(sigma: number): { radius: number; full: number; edge: number } {
  if (sigma <= 0) return { radius: 0, full: 0, edge: 0 };
  const f = Math.fround;
  const s2 = f(f(f(sigma) ** 2) / 3);
  const l = Math.floor((f(Math.sqrt(12 * s2 + 1)) - 1) / 2);
  const width = f(l + f(f((2 * l + 1) * f(l * (l + 1) - f(3 * s2))) / f(6 * f(s2 - (l + 1) ** 2))));
  const radius = Math.trunc(width);
  const full = Math.trunc(f(2 ** 24 / f(2 * width + 1)));
  return { radius, full, edge: Math.floor((2 ** 24 - (2 * radius + 1) * full) / 2) };
}
