import { useEffect, useRef } from 'react';
import css from './insight.module.css';

/** A picture that was painted, with its name for those who can't see it. */
export function Picture({ picture, label, testId }: { picture: ImageData; label: string; testId?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => { canvas.current?.getContext('2d')?.putImageData(picture, 0, 0); }, [picture]);
  return <canvas ref={canvas} className={css.canvas} width={picture.width} height={picture.height} role="img" aria-label={label} data-testid={testId} />;
}
