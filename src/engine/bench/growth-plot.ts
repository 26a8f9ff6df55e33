/** Draws how a step's time and memory grow along each axis. */
import type { Fit, GrowthRecord, Measured } from './records.ts';

const PANEL = { width: 220, height: 150, left: 64, top: 84, across: 92, down: 84 };
const ROWS = [
  { key: 'ms', title: 'ms', scale: 1, color: '#c8480a' },
  { key: 'bytes', title: 'MiB', scale: 2 ** 20, color: '#5b84cc' },
] as const;

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** A step of 1, 2 or 5 times a power of ten that cuts `most` into at most five. */
function unit(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 5));
  return power * ([1, 2, 5, 10].find(f => most / (f * power) <= 5) ?? 10);
}

function panel({ axis, unit: what, points, fits }: GrowthRecord, row: typeof ROWS[number], left: number, top: number): string {
  const { width: w, height: h } = PANEL;
  const [mostX, mostY] = [Math.max(...points.map(p => p.x)), Math.max(...points.map(p => p[row.key])) / row.scale];
  const stepY = unit(mostY);
  const topY = Math.ceil(mostY / stepY) * stepY;
  const px = (x: number) => (left + x / mostX * w).toFixed(1);
  const py = (y: number) => (top + h - y / topY * h).toFixed(1);
  const fit: Fit = fits[row.key];
  const line = (x: number) => `${px(x)} ${py(Math.max(0, fit.intercept + fit.slope * x) / row.scale)}`;
  const out = [`<text x="${left}" y="${top - 10}" class="title">${escaped(axis)}: ${row.title}, ${(100 * fit.residual).toFixed(1)} % off a line</text>`];
  for (let i = 0; i <= Math.round(topY / stepY); i++) {
    const y = i * stepY;
    out.push(`<path d="M${left} ${py(y)}h${w}" class="${i ? 'grid' : 'axis'}"/><text x="${left - 6}" y="${py(y)}" dy=".35em" text-anchor="end">${Number(y.toPrecision(3))}</text>`);
  }
  for (let x = 0; x <= mostX + 1e-9; x += unit(mostX)) out.push(`<path d="M${px(x)} ${top + h}v4" class="axis"/><text x="${px(x)}" y="${top + h + 17}" text-anchor="middle">${x}</text>`);
  out.push(`<text x="${left + w / 2}" y="${top + h + 34}" text-anchor="middle">${escaped(what)}</text>`);
  out.push(`<path d="M${line(points[0]!.x)}L${line(mostX)}" stroke="${row.color}" stroke-dasharray="5 3" fill="none"/>`);
  for (const p of points) out.push(`<circle cx="${px(p.x)}" cy="${py(p[row.key] / row.scale)}" r="3.5" fill="${row.color}"/>`);
  return out.join('\n');
}

/** A panel for each axis (across), time above memory; dashed, the line nearest to the points. */
export function growthSvg({ base, axes }: NonNullable<Measured['growth']>, device: string): string {
  const { width, height, left, top, across, down } = PANEL;
  const [w, h] = [left + axes.length * (width + across) - across + 30, top + 2 * (height + down) - down + 52];
  const subtitle = Object.entries(base).map(([key, v]) => `${key} ${v}`).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="Time and memory of a step against ${axes.map(a => a.axis).join(', ')}">
<style>text{font:12px system-ui,sans-serif;fill:#222}.title{font-size:13px;font-weight:600}.grid{stroke:#e2e2e2}.axis{stroke:#555}</style>
<rect width="${w}" height="${h}" rx="6" fill="#fff"/>
<text x="${left}" y="26" class="title">How a step grows on ${escaped(device)}</text>
<text x="${left}" y="46">One axis at a time from ${escaped(subtitle)}</text>
${axes.flatMap((a, i) => ROWS.map((row, j) => panel(a, row, left + i * (width + across), top + j * (height + down)))).join('\n')}
</svg>
`;
}
