import { useEffect, useMemo, useRef } from 'react';
import type { Scale } from './measure.ts';
import { blend, upscale } from './paint.ts';
import css from './insight.module.css';

interface Props {
  picture: ImageData;
  shares: Float32Array;
  /** The shares that get the darkest and the brightest colour. */
  scale: Scale;
  grid: number; strength: number; smooth: boolean;
  label: string;
  testId?: string;
}

export function HeadMap({ picture, shares, scale, grid, strength, smooth, label, testId }: Props) {
  const painted = useMemo(
    () => blend(picture, upscale(shares, grid, picture.width, scale, smooth), strength),
    [picture, shares, scale, grid, strength, smooth],
  );
  return <Picture picture={painted} label={label} {...(testId ? { testId } : {})} />;
}

export function Picture({ picture, label, testId }: { picture: ImageData; label: string; testId?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => { canvas.current?.getContext('2d')?.putImageData(picture, 0, 0); }, [picture]);
  return <canvas ref={canvas} className={css.canvas} width={picture.width} height={picture.height} role="img" aria-label={label} data-testid={testId} />;
}
