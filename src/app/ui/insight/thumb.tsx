import { useEffect, useRef } from 'react';

/** A small picture beside a name that says what it is. */
export function Thumb({ width, height, pixels }: { width: number; height: number; pixels: Uint8ClampedArray }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => { canvas.current?.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0); }, [width, height, pixels]);
  return <canvas ref={canvas} width={width} height={height} aria-hidden="true" />;
}
