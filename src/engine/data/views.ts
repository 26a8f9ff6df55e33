/**
 * The random part of the views: what each crop shows and how its colours change. No pixel is touched
 * here. The draws follow torchvision's RandomResizedCrop and ColorJitter in iBOT's order
 * (crop, flip, jitter, gray, blur, solarize), so a seed gives the same views on every device.
 */
import type { Config, Pair } from '#contract/config.ts';
import type { Rng } from '#lib/rng.ts';

export type ColorStep = 'brightness' | 'contrast' | 'saturation' | 'hue';

export interface Rect { left: number; top: number; width: number; height: number }

/** One view of one image. */
export interface ViewParams {
  /** Pixels of the source. */
  crop: Rect;
  flip: boolean;
  /** In the order of application; empty without jitter. `factor` scales, for hue it is a turn (1 = full circle). */
  color: { step: ColorStep; factor: number }[];
  gray: boolean;
  /** Standard deviation in pixels of the view; 0 is no blur. */
  blurSigma: number;
  solarize: boolean;
}

export interface Size { width: number; height: number }

const RATIO: Pair = [3 / 4, 4 / 3]; // width over height of a crop
const TRIES = 10;

/** For each image its views: the two global ones, then the local ones. */
export function drawViews(rng: Rng, config: Config, images: readonly Size[]): ViewParams[][] {
  return images.map(image => Array.from({ length: 2 + config.localViews }, (_, v) => drawView(rng, config, image, Math.min(v, 2))));
}

/** The whole picture as far as a square shows it, unchanged: for evaluation and for people. */
export function centerView(width: number, height: number): ViewParams {
  const side = Math.min(width, height);
  const crop = { left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side };
  return { crop, flip: false, color: [], gray: false, blurSigma: 0, solarize: false };
}

/** `kind` 0 and 1 are the global views, 2 is any local one. */
function drawView(rng: Rng, config: Config, image: Size, kind: number): ViewParams {
  const happens = (chance: number) => rng.next() < chance;
  return {
    crop: drawCrop(rng, image, kind < 2 ? config.globalScale : config.localScale),
    flip: happens(config.flip),
    color: happens(config.jitter) ? drawColor(rng, config) : [],
    gray: happens(config.grayscale),
    blurSigma: happens(config.blur[kind]!) ? rng.uniform(...config.blurSigma) : 0,
    solarize: happens(config.solarize[kind]!),
  };
}

/** A change whose range is 0 is left out: even a hue turned by nothing would round the colours. */
function drawColor(rng: Rng, config: Config): ViewParams['color'] {
  const steps: ColorStep[] = rng.shuffle(['brightness', 'contrast', 'saturation', 'hue']);
  return steps.filter(step => config[step] > 0).map(step => ({
    step,
    factor: step === 'hue' ? rng.uniform(-config.hue, config.hue) : rng.uniform(Math.max(0, 1 - config[step]), 1 + config[step]),
  }));
}

/** RandomResizedCrop.get_params: area and ratio at random, else the largest central crop of a fitting ratio. */
export function drawCrop(rng: Rng, image: Size, scale: Readonly<Pair>): Rect {
  for (let i = 0; i < TRIES; i++) {
    const area = image.width * image.height * rng.uniform(...scale);
    const ratio = Math.exp(rng.uniform(Math.log(RATIO[0]), Math.log(RATIO[1])));
    const width = Math.round(Math.sqrt(area * ratio));
    const height = Math.round(Math.sqrt(area / ratio));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    const top = rng.int(0, image.height - height);
    return { left: rng.int(0, image.width - width), top, width, height };
  }
  const width = Math.min(image.width, Math.round(image.height * RATIO[1]));
  const height = Math.min(image.height, Math.round(image.width / RATIO[0]));
  return { left: (image.width - width) >> 1, top: (image.height - height) >> 1, width, height };
}
