// Draws docs/curves.svg, the losses of Glimpse beside those of PyTorch, from docs/curves.json, and prints the table of docs/curves.md.
//
// usage: node scripts/plot-curves.mjs            draw
//        node scripts/plot-curves.mjs RUN...     first put these runs into docs/curves.json in place of those there
// A RUN is what a command printed, named KIND-SEED: glimpse-0.jsonl (npm run -s train), pytorch-0.txt (docs/curves-reference.py),
// or same-0.txt (docs/curves-reference.py with the starting weights of glimpse-0).
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = name => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
/** Steps that one point of a curve averages over, and those that the table does. */
const INTERVAL = 25;
const LAST = 100;
const LOSSES = [['dino', 'Class-token loss'], ['ibot', 'Patch loss']];
const KINDS = [
  { kind: 'pytorch', title: 'PyTorch', color: '#5b84cc', look: 'stroke-width="1" stroke-dasharray="5 3"' },
  { kind: 'same', title: 'PyTorch from Glimpse\'s weights', color: '#11703c', look: 'stroke-width="2" stroke-dasharray="2 3"' },
  { kind: 'glimpse', title: 'Glimpse', color: '#c8480a', look: 'stroke-width="1.6"' },
];

const sum = values => values.reduce((a, b) => a + b, 0);
const mean = values => sum(values) / values.length;
/** Standard deviation between seeds. */
const deviation = values => Math.sqrt(sum(values.map(v => (v - mean(values)) ** 2)) / (values.length - 1));
const round = (value, digits) => Number(value.toFixed(digits));

/** One run out of what its command printed. Throws where that is not a whole run. */
function readRun(path) {
  const name = /^(glimpse|pytorch|same)-(\d+)\.(jsonl|txt)$/.exec(basename(path));
  if (!name) throw new Error(`${path}: expected a name such as glimpse-0.jsonl or pytorch-0.txt.`);
  const text = readFileSync(path, 'utf8');
  const run = name[1] === 'glimpse' ? readGlimpse(text) : readReference(text);
  if (!run.dino.length || [...run.dino, ...run.ibot].some(v => !Number.isFinite(v))) throw new Error(`${path}: no whole run, or losses that are no numbers.`);
  return { kind: name[1], seed: Number(name[2]), ...run };
}

function readGlimpse(text) {
  const lines = text.trim().split('\n').map(line => JSON.parse(line));
  const reports = lines.filter(line => 'loss' in line);
  const knn = lines.filter(line => 'knn' in line).map(line => [line.knn.classToken, line.knn.meanPatch].map(v => round(v, 1)));
  const averages = key => Array.from({ length: Math.floor(reports.length / INTERVAL) }, (_, i) => round(mean(reports.slice(i * INTERVAL, (i + 1) * INTERVAL).map(r => r[key])), 4));
  return { dino: averages('dino'), ibot: averages('ibot'), entropy: round(reports.at(-1).teacherEntropy, 2), knnStart: knn[0] ?? null, knnEnd: knn[1] ?? null };
}

/** The reference prints the means of every INTERVAL steps itself. */
function readReference(text) {
  const rows = [...text.matchAll(/step (\d+) .* dino ([\d.]+) ibot ([\d.]+) teacher entropy ([\d.]+) .*k-NN cls ([\d.]+) patch ([\d.]+)/g)].map(m => m.slice(1).map(Number));
  if (rows.some(([step], i) => step !== (i + 1) * INTERVAL)) throw new Error(`The reference must print every ${INTERVAL} steps ("every": ${INTERVAL}).`);
  const start = /untrained cls ([\d.]+) patch ([\d.]+)/.exec(text);
  return { dino: rows.map(r => r[1]), ibot: rows.map(r => r[2]), entropy: rows.at(-1)?.[3], knnStart: start && start.slice(1).map(Number), knnEnd: rows.at(-1)?.slice(4) };
}

function collect(paths) {
  const runs = paths.map(readRun).sort((a, b) => a.kind.localeCompare(b.kind) || a.seed - b.seed);
  const lines = runs.map(run => `    ${JSON.stringify(run)}`);
  writeFileSync(file('curves.json'), `{\n  "interval": ${INTERVAL},\n  "runs": [\n${lines.join(',\n')}\n  ]\n}\n`);
}

/** Mean of the last LAST steps. */
const final = (run, key) => mean(run[key].slice(-LAST / INTERVAL));

function table(runs) {
  const of = kind => runs.filter(r => r.kind === kind);
  const percent = pair => pair ? pair.map(v => v.toFixed(1)).join(' / ') : 'not measured';
  console.log('| run | class-token loss | patch loss | k-NN at the start | k-NN at the end |\n|---|---|---|---|---|');
  for (const { kind, title } of KINDS) {
    for (const r of of(kind)) console.log(`| ${title}, seed ${r.seed} | ${final(r, 'dino').toFixed(3)} | ${final(r, 'ibot').toFixed(3)} | ${percent(r.knnStart)} | ${percent(r.knnEnd)} |`);
  }
  for (const [key, title] of LOSSES) {
    console.log(`\n${title}, the last ${LAST} steps:`);
    for (const { kind, title } of KINDS) {
      const values = of(kind).map(r => final(r, key));
      console.log(`  ${title}: mean ${mean(values).toFixed(3)}, deviation between seeds ${deviation(values).toFixed(3)}, from ${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`);
    }
    const pairs = of('glimpse').flatMap(g => of('same').filter(r => r.seed === g.seed).map(r => final(g, key) - final(r, key)));
    console.log(`  Glimpse less PyTorch from the same weights: ${pairs.map(v => v.toFixed(3)).join(', ')}`);
  }
}

const PANEL = { width: 440, height: 300, left: 58, top: 106, gap: 78 };

/** One loss against the step: a band from PyTorch's lowest to its highest seed, and a line per seed of both. */
function panel(runs, [key, title], left) {
  const { width: w, height: h, top } = PANEL;
  const points = runs[0][key].length;
  const steps = points * INTERVAL;
  const highest = Math.ceil(2 * Math.max(...runs.flatMap(r => r[key]))) / 2;
  const unit = highest > 3 ? 1 : 0.5;
  const px = step => (left + step / steps * w).toFixed(1);
  const py = value => (top + h - value / highest * h).toFixed(1);
  // A point stands in the middle of the steps that it averages.
  const line = values => values.map((v, i) => `${px((i + 0.5) * INTERVAL)},${py(v)}`);
  const seeds = kind => runs.filter(r => r.kind === kind).map(r => r[key]);
  const across = (lists, f) => lists[0].map((_, i) => f(lists.map(l => l[i])));
  const out = [`<text x="${left}" y="${top - 14}" class="title">${title}</text>`];
  for (let v = 0; v <= highest + 1e-9; v += unit) {
    out.push(`<path d="M${left} ${py(v)}h${w}" class="${v ? 'grid' : 'axis'}"/><text x="${left - 8}" y="${py(v)}" dy=".35em" text-anchor="end">${unit < 1 ? v.toFixed(1) : v}</text>`);
  }
  for (let s = 0; s <= steps; s += 100) out.push(`<path d="M${px(s)} ${top + h}v5" class="axis"/><text x="${px(s)}" y="${top + h + 20}" text-anchor="middle">${s}</text>`);
  out.push(`<text x="${left + w / 2}" y="${top + h + 42}" text-anchor="middle">step (32 images each)</text>`);
  out.push(`<text transform="translate(${left - 40} ${top + h / 2}) rotate(-90)" text-anchor="middle">cross-entropy, nats</text>`);
  const reference = seeds('pytorch');
  out.push(`<polygon points="${[...line(across(reference, l => Math.max(...l))), ...line(across(reference, l => Math.min(...l))).reverse()].join(' ')}" fill="${KINDS[0].color}" fill-opacity=".2"/>`);
  for (const { kind, color, look } of KINDS) {
    for (const values of seeds(kind)) out.push(`<polyline points="${line(values).join(' ')}" fill="none" stroke="${color}" ${look}/>`);
  }
  return out.join('\n');
}

function draw(runs) {
  const { width, height, left, top, gap } = PANEL;
  const [w, h] = [left + 2 * width + gap + 24, top + height + 60];
  const count = kind => runs.filter(r => r.kind === kind).length;
  const starts = [0, 290, 640];
  const legend = KINDS.map(({ kind, title, color, look }, i) => `<g transform="translate(${left + starts[i]} 52)">${i ? '' : `<rect y="-8" width="34" height="16" fill="${color}" fill-opacity=".2"/>`}`
    + `<path d="M0 0h34" stroke="${color}" ${look}/><text x="42" y="4.5">${title}: ${count(kind)} seeds${i ? '' : ' and their range'}</text></g>`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="Class-token loss and patch loss against the step: Glimpse's seeds lie with PyTorch's">
<style>text{font:13px system-ui,sans-serif;fill:#222}.title{font-size:15px;font-weight:600}.grid{stroke:#e2e2e2}.axis{stroke:#555}</style>
<rect width="${w}" height="${h}" rx="6" fill="#fff"/>
<text x="${left}" y="30" class="title">The same recipe on CIFAR-10, mean over every ${INTERVAL} steps</text>
${legend.join('\n')}
${LOSSES.map((loss, i) => panel(runs, loss, left + i * (width + gap))).join('\n')}
</svg>
`;
  writeFileSync(file('curves.svg'), svg);
}

const paths = process.argv.slice(2);
if (paths.length) collect(paths);
const { runs } = JSON.parse(readFileSync(file('curves.json'), 'utf8'));
// Of the runs from Glimpse's weights the picture shows those that Glimpse took too.
draw(runs.filter(r => r.kind !== 'same' || runs.some(g => g.kind === 'glimpse' && g.seed === r.seed)));
table(runs);
