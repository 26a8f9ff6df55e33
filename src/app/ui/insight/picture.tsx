import { useEffect, useLayoutEffect, useRef } from 'react';
import { inTurn, withdraw } from '#app/ui/common/turns.ts';
import css from './insight.module.css';

/** A picture of size*size pixels that `paint` makes, with its name for those who can't see it. */
export function Picture({ paint, size, label, testId }: { paint: () => ImageData; size: number; label: string; testId?: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const canvas = ref.current!;
    inTurn(canvas, () => { canvas.getContext('2d')?.putImageData(paint(), 0, 0); });
  }, [paint]);
  useEffect(() => {
    const canvas = ref.current!;
    return () => { withdraw(canvas); };
  }, []);
  return <canvas ref={ref} className={css.canvas} width={size} height={size} role="img" aria-label={label} data-testid={testId} />;
}
