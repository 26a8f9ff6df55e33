import { useMemo, useState } from 'react';
import type { AttentionMaps } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { percent, whole } from '#app/ui/common/format.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import css from './insight.module.css';
import { HeadMap, Picture } from './head-map.tsx';
import { HeadTable } from './head-table.tsx';
import { addsUp, measure, SCALES, views, type Scale } from './measure.ts';
import { coloursOver, enlarge } from './paint.ts';
import { useAttention } from './use-attention.ts';

/** Pixels of the canvases: the large pair, and one of the tiles. */
const LARGE = 320;
const TILE = 176;

export function InsightPanel() {
  useAttention();
  const attention = useStore(s => s.attention);
  const hasImages = useStore(s => (s.dataset?.count ?? 0) > 0);
  return (
    <Panel title="What it sees" note={attention ? <Origin attention={attention} /> : undefined}>
      {attention && hasImages ? <Maps attention={attention} /> : (
        <p className={css.empty}>{hasImages ? 'Looking at the first image.' : 'Add images to see where the network looks in them, head by head.'}</p>
      )}
    </Panel>
  );
}

function Origin({ attention }: { attention: AttentionMaps }) {
  return <span data-testid="attention-step" data-step={attention.step}>{attention.step === 0 ? 'step 0, untrained' : `at step ${whole(attention.step)}`}</span>;
}

function Maps({ attention }: { attention: AttentionMaps }) {
  const path = useStore(s => s.thumbnails.find(t => t.index === attention.index)?.path);
  const [chosen, setChosen] = useState(0);
  const [strength, setStrength] = useState(0.7);
  const [smooth, setSmooth] = useState(true);
  const [scaleName, setScaleName] = useState<keyof typeof SCALES>('peak');

  const list = useMemo(() => views(attention), [attention]);
  const { pixels, side, grid } = attention;
  const large = useMemo(() => enlarge(pixels, side, LARGE), [pixels, side]);
  const tile = useMemo(() => enlarge(pixels, side, TILE), [pixels, side]);
  const measures = useMemo(() => list.map(v => measure(v.shares, grid)), [list, grid]);
  const scales = useMemo(() => measures.map(m => SCALES[scaleName].of(m, measures)), [measures, scaleName]);
  const shown = Math.min(chosen, list.length - 1);
  const view = list[shown];
  const scale = scales[shown];
  if (!view || !scale) return null;
  const name = path ?? `image ${attention.index + 1}`;
  const look = { grid, strength, smooth };

  return (
    <div className={css.maps}>
      <div className={css.pair}>
        <figure>
          <Picture picture={large} label={`${name}, as the network sees it`} />
          <figcaption title={name}>{name}</figcaption>
        </figure>
        <figure>
          <HeadMap picture={large} shares={view.shares} scale={scale} label={`${view.label}: attention on ${name}`} testId="attention-map" {...look} />
          <figcaption>{view.label}</figcaption>
        </figure>
      </div>

      <Legend scale={scale} grid={grid} strength={strength} />
      {!measures.every(addsUp) && <p className={css.untrained}>The shares of some heads don&rsquo;t add up to 100 %: the weights have grown so large that rounding leaves nothing of them. Don&rsquo;t read these maps. Lower the learning rate and train again.</p>}
      {attention.step === 0 && <p className={css.untrained}>This network has learned nothing yet. Its random weights react to colour and brightness: any shape you see is chance. Train, and watch it change.</p>}

      <div className={css.heads} role="group" aria-label="Which map is shown large">
        {list.map(({ label, shares }, i) => (
          <button key={label} type="button" className={css.head} aria-pressed={i === shown} onClick={() => { setChosen(i); }}>
            <HeadMap picture={tile} shares={shares} scale={scales[i] ?? scale} label={`${label}: attention on ${name}`} {...look} />
            <span>{i === 0 ? 'Mean' : label}<small>peak {percent(measures[i]?.peak ?? 0)}</small></span>
          </button>
        ))}
      </div>

      <div className={css.controls}>
        <BlockChoice attention={attention} />
        <label className={css.block}><span>Colours run from</span>
          <select value={scaleName} onChange={e => { setScaleName(e.currentTarget.value as keyof typeof SCALES); }}>
            {Object.entries(SCALES).map(([key, { label }]) => <option key={key} value={key}>{label}</option>)}
          </select>
        </label>
        <label className={css.strength}><span>Picture or map</span>
          <input type="range" min="0" max="1" step="0.05" value={strength} onChange={e => { setStrength(Number(e.currentTarget.value)); }} />
        </label>
        <label className={css.check}><input type="checkbox" checked={smooth} onChange={e => { setSmooth(e.currentTarget.checked); }} />Smooth between patches</label>
      </div>
      <HeadTable views={list} grid={grid} />
    </div>
  );
}

/** What the colours mean, in shares of the class token's attention. */
function Legend({ scale: [low, high], grid, strength }: { scale: Scale; grid: number; strength: number }) {
  const even = 1 / (grid * grid);
  const gradient = `linear-gradient(to right, ${coloursOver(strength).map(c => `rgb(${c.map(Math.round).join(' ')})`).join(', ')})`;
  return (
    <div className={css.scale}>
      <p className={css.means}>Share of the class token&rsquo;s attention, {grid} × {grid} patches</p>
      <div className={css.bar} style={{ backgroundImage: gradient }} role="img" aria-label={`Colour scale from ${percent(low)} to ${percent(high)} of the attention on one patch`}>
        {even > low && even < high && <i style={{ left: `${(100 * (even - low)) / (high - low)}%` }} />}
      </div>
      <p><span>{percent(low)}</span><span>even: {percent(even)} each</span><span>{percent(high)}</span></p>
    </div>
  );
}

function BlockChoice({ attention }: { attention: AttentionMaps }) {
  const depth = useStore(s => (s.runConfig ?? s.config).depth);
  const setBlock = useStore(s => s.setBlock);
  const blocks = Number.isInteger(depth) && depth > 0 ? depth : attention.block + 1;
  return (
    <label className={css.block}><span>Block</span>
      <select value={attention.block} onChange={e => {
        const block = Number(e.currentTarget.value);
        setBlock(block === blocks - 1 ? null : block);
      }}>
        {Array.from({ length: Math.max(blocks, attention.block + 1) }, (_, i) => <option key={i} value={i}>{i === blocks - 1 ? `${i + 1} (last)` : i + 1}</option>)}
      </select>
    </label>
  );
}
