const SHAPES = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  step: 'M3 2.5v11L10 8zM11 2.5h2v11h-2z',
  stop: 'M3.5 3.5h9v9h-9z',
  close: 'M4.4 3.3 8 6.9l3.6-3.6 1.1 1.1L9.1 8l3.6 3.6-1.1 1.1L8 9.1l-3.6 3.6-1.1-1.1L6.9 8 3.3 4.4z',
} as const;

/** Beside a word, never in place of one: hidden from assistive technology. */
export function Icon({ name }: { name: keyof typeof SHAPES }) {
  return <svg width="14" height="14" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true"><path d={SHAPES[name]} /></svg>;
}
