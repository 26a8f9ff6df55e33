import { span, whole } from '#app/ui/common/format.ts';

export interface Plan {
  steps: number; batch: number;
  /** 0 while there are none. */
  images: number;
  /** Of the whole run; null while unknown. */
  flops: number | null;
  software: boolean;
}

/**
 * Sustained floating-point operations a second that the guess of a run's time assumes: from a laptop's built-in GPU
 * to a desktop card, running kernels of this kind. A rough range, so the sentence says "roughly".
 */
const SLOW = 2e11;
const FAST = 4e12;

/** What to expect of a run, in plain words, and no more than the numbers allow. */
export function expectation({ steps, batch, images, flops, software }: Plan): string {
  const parts: string[] = [];
  if (flops !== null) {
    if (software) parts.push('On the processor this takes very long: choose few steps, just to see it move.');
    else parts.push(`Roughly ${span(flops / FAST)} on a desktop GPU to ${span(flops / SLOW)} on a laptop's built-in one.`);
  }
  if (images > 0) {
    const views = (steps * batch) / images;
    parts.push(`${images === 1 ? 'Your one image' : `Each of your ${whole(images)} images`} is seen ${views < 10 ? views.toFixed(1) : whole(views)} times.`);
    if (images < batch) parts.push(`A batch of ${whole(batch)} holds some of them more than once.`);
    if (images < 200) parts.push('So few images teach colours, edges and how pictures are laid out, not what objects are.');
    else if (images < 5000) parts.push('This many teach groups by colour, texture and coarse shape; names of things need far more.');
    else parts.push('Enough for coarse kinds of things to separate, if the run is long enough.');
  }
  return parts.join(' ');
}
