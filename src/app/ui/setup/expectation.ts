import { span, whole } from '#app/ui/common/format.ts';

export interface Plan {
  steps: number; batch: number;
  /** 0 while there are none. */
  images: number;
  /** Of the whole run; null while unknown. */
  flops: number | null;
  software: boolean;
  /** Floating-point operations a second of the last run on this device; null while there was none. */
  rate: number | null;
}

/**
 * Sustained floating-point operations a second that the guess of a run's time assumes: from a laptop's built-in GPU
 * to a desktop card, running kernels of this kind. A rough range, so the sentence says "roughly".
 */
const SLOW = 2e11;
const FAST = 4e12;

/** Seconds beyond which nobody waits in front of a processor. */
const LONG = 1800;
const VERY_LONG = 'On the processor this takes very long: choose few steps, just to see it move.';

function duration(flops: number, rate: number | null, software: boolean): string {
  if (rate !== null) return `About ${span(flops / rate)} at the pace of the last run on this device.${software && flops / rate > LONG ? ` ${VERY_LONG}` : ''}`;
  return software ? VERY_LONG : `Roughly ${span(flops / FAST)} on a desktop GPU to ${span(flops / SLOW)} on a laptop's built-in one.`;
}

/** What to expect of a run, in plain words, and no more than the numbers allow. */
export function expectation({ steps, batch, images, flops, software, rate }: Plan): string {
  const parts: string[] = [];
  if (flops !== null) parts.push(duration(flops, rate, software));
  if (images > 0) {
    const views = (steps * batch) / images;
    parts.push(`${images === 1 ? 'Your one image' : `Each of your ${whole(images)} images`} is seen ${views < 10 ? views.toFixed(1) : whole(views)} times.`);
    if (images < batch) parts.push(`A batch of ${whole(batch)} holds some of them more than once.`);
    if (images < 200) parts.push('So few images teach colours, edges and how pictures are laid out, not what objects are.');
    else if (images < 5000) parts.push('This many teach groups by colour, texture and coarse shape; names of things need far more.');
    else if (images < 100_000) parts.push('Enough for coarse kinds of things to separate, if the run is long enough; published models saw a hundred times more images.');
    else parts.push('Enough for kinds of things and their parts to separate, if the run is long enough: days on a strong GPU rather than hours.');
  }
  return parts.join(' ');
}
