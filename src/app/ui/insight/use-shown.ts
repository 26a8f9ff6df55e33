import { useMemo } from 'react';
import { GUEST, type SeenPicture } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { enlarge } from './paint.ts';
import { type Stage, stageOf } from './words.ts';

/** How far training was when a view was made. */
export function useStage(step: number): Stage {
  const steps = useStore(s => (s.runConfig ?? s.config).steps);
  return stageOf(step, steps);
}

/** The pictures of a view at the size of their canvases, each drawn when it is first asked for. */
export function useEnlarged(pictures: readonly SeenPicture[], side: number, size: number): (() => ImageData)[] {
  return useMemo(() => pictures.map(p => enlarge(p.pixels, side, size)), [pictures, side, size]);
}

export const nameOf = ({ path, index }: { path: string; index: number }): string => path || (index === GUEST ? 'your picture' : `image ${index + 1}`);
