import { useEffect, useMemo, useRef } from 'react';
import { blend, upscale } from './paint.ts';
import css from './insight.module.css';

interface Props {
  picture: ImageData;
  shares: Float32Array;
  /** The share that gets the brightest colour. */
  top: number;
  grid: number; strength: number; smooth: boolean;
  label: string;
  testId?: string;
}

export function HeadMap({ picture, shares, top, grid, strength, smooth, label, testId }: Props) {
  const painted = useMemo(
    () => blend(picture, upscale(shares, grid, picture.width, top, smooth), strength),
    [picture, shares, top, grid, strength, smooth],
  );
  return <Picture picture={painted} label={label} {...(testId ? { testId } : {})} />;
}

export function Picture({ picture, label, testId }: { picture: ImageData; label: string; testId?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => { canvas.current?.getContext('2d')?.putImageData(picture, 0, 0); }, [picture]);
  return <canvas ref={canvas} className={css.canvas} width={picture.width} height={picture.height} role="img" aria-label={label} data-testid={testId} />;
}
