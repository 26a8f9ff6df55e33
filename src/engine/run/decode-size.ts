import type { Config } from '#contract/config.ts';

/** Shorter side of decoded images: a little larger than the views, so that crops keep their detail. */
export const decodeSizeFor = (c: Config): number => Math.max(64, Math.round(1.5 * c.imageSize));
