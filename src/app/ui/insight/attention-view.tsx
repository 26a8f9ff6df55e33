import { useMemo, useState } from 'react';
import { type AttentionMaps, GUEST } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { percent } from '#app/ui/common/format.ts';
import css from './insight.module.css';
import { Picture } from './picture.tsx';
import { HeadTable } from './head-table.tsx';
import { addsUp, holding, measure, type Scale, SCALES, views } from './measure.ts';
import { blend, composite, coloursOver, enlarge, headColour, spotlight, upscale, winners } from './paint.ts';
import { PatchPicker } from './patch-picker.tsx';
import { nameOf, useStage } from './use-shown.ts';
import { attentionWords, placeOf } from './words.ts';

/** Pixels of the canvases: the large pair, and one of the tiles. */
const LARGE = 320;
const TILE = 176;
/** iBOT's share of the attention. */
const MASS = 0.6;

/** Which map: the mean, all heads in their colours, or one head. */
type Chosen = 'mean' | 'all' | number;
type Manner = 'heat' | 'mass';

/** Place among the maps, of which the mean is the first. */
const at = (c: Chosen): number => typeof c === 'number' ? c + 1 : 0;

export function AttentionView({ attention }: { attention: AttentionMaps }) {
  const path = useStore(s => attention.index === GUEST ? s.guest : s.thumbnails.find(t => t.index === attention.index)?.path);
  const choose = useStore(s => s.choose);
  const stage = useStage(attention.step);
  const [chosen, setChosen] = useState<Chosen>('mean');
  const [hovered, setHovered] = useState<Chosen | null>(null);
  const [manner, setManner] = useState<Manner>('heat');
  const [share, setShare] = useState(MASS);
  const [strength, setStrength] = useState(0.7);
  const [smooth, setSmooth] = useState(true);
  const [scaleName, setScaleName] = useState<keyof typeof SCALES>('peak');

  const { pixels, side, grid, query, heads } = attention;
  const list = useMemo(() => views(attention), [attention]);
  const measures = useMemo(() => list.map(v => measure(v.shares, grid)), [list, grid]);
  const scales = useMemo(() => measures.map(m => SCALES[scaleName].of(m, measures)), [measures, scaleName]);
  const large = useMemo(() => enlarge(pixels, side, LARGE), [pixels, side]);
  const tile = useMemo(() => enlarge(pixels, side, TILE), [pixels, side]);

  const known = (c: Chosen): Chosen => typeof c === 'number' && c >= heads ? 'mean' : c;
  const [kept, shown] = [known(chosen), known(hovered ?? chosen)];
  /** Of a head within the composite, where that is what is looked at. */
  const only = kept === 'all' && typeof shown === 'number' ? shown : null;
  const paint = useMemo(() => (picture: ImageData, what: Chosen, isolated: number | null) => {
    if (what === 'all') return composite(picture, winners(list.slice(1), share, isolated), grid);
    const view = list[at(what)]!;
    if (manner === 'mass') return spotlight(picture, holding(view.mass, share), grid);
    return blend(picture, upscale(view.shares, grid, picture.width, scales[at(what)]!, smooth), strength);
  }, [list, share, grid, manner, scales, smooth, strength]);
  const painted = useMemo(() => () => paint(large(), only === null ? shown : 'all', only), [paint, large, shown, only]);
  const tiles = useMemo(() => new Map<Chosen, () => ImageData>((['mean', 'all', ...list.slice(1).map((_, h) => h)] as Chosen[]).map(c => [c, () => paint(tile(), c, null)])), [paint, tile, list]);

  const name = nameOf({ path: path ?? '', index: attention.index });
  const who = query === 0 ? 'the class token' : `the patch at ${placeOf(query - 1, grid)}`;
  const titleOf = (c: Chosen) => c === 'all' ? 'All heads' : list[at(c)]!.label;
  const title = only === null ? titleOf(shown) : `Head ${only + 1} of all heads`;
  const isHeat = manner === 'heat' && shown !== 'all' && only === null;

  return (
    <div className={css.maps}>
      <div className={css.pair}>
        <figure>
          <PatchPicker label={`${name}, as the network sees it`} grid={grid} patch={query === 0 ? null : query - 1} none="Attention of the class token" onPatch={patch => { choose({ patch }); }}>
            <Picture paint={large} size={LARGE} label={`${name}, as the network sees it`} />
          </PatchPicker>
          <figcaption title={name}>{name}</figcaption>
        </figure>
        <figure>
          <Picture paint={painted} size={LARGE} label={`${title}: attention of ${who} on ${name}`} testId="attention-map" />
          <figcaption>{title}</figcaption>
        </figure>
      </div>

      {isHeat ? <Legend scale={scales[at(shown)]!} grid={grid} strength={strength} who={who} /> : (
        <p className={css.key}>{shown === 'all' || only !== null
          ? `Each patch in the colour of the head that gives it most attention, of the patches that hold ${percent(share, 0)} of each head's.`
          : `Lit: the patches that together hold ${percent(share, 0)} of the attention of ${who}, the strongest first.`}</p>
      )}
      {!measures.every(addsUp) && <p className={css.stage}>The shares of some heads don&rsquo;t add up to 100 %: the weights have grown so large that rounding leaves nothing of them. Don&rsquo;t read these maps. Lower the learning rate and train again.</p>}
      <p className={css.stage} data-testid="stage">What {who} looks at in this picture when the network sums it up. {attentionWords(stage, { spread: measures[0]?.spread ?? 0, patches: grid * grid })}</p>

      <div className={css.heads} role="group" aria-label="Which map is shown large; hover or focus shows one for the moment">
        {[...tiles].map(([c, paintTile]) => (
          <button key={c} type="button" className={css.head} aria-pressed={c === kept} onClick={() => { setChosen(c); }}
            onPointerEnter={e => { if (e.pointerType === 'mouse') setHovered(c); }} onPointerLeave={() => { setHovered(null); }}
            onFocus={e => { if (e.currentTarget.matches(':focus-visible')) setHovered(c); }} onBlur={() => { setHovered(null); }}>
            <Picture paint={paintTile} size={TILE} label={`${titleOf(c)}: attention on ${name}`} />
            <span>{c === 'mean' ? 'Mean' : titleOf(c)}{typeof c === 'number' && kept === 'all' && <i className={css.swatch} style={{ background: `rgb(${headColour(c).join(' ')})` }} />}
              <small>{c === 'all' ? 'in colours' : `peak ${percent(measures[at(c)]?.peak ?? 0)}`}</small></span>
          </button>
        ))}
      </div>

      <div className={css.controls}>
        <BlockChoice attention={attention} />
        <label className={css.block}><span>Show</span>
          <select value={manner} onChange={e => { setManner(e.currentTarget.value as Manner); }}>
            <option value="heat">Attention as colours</option>
            <option value="mass">Patches that hold most of it</option>
          </select>
        </label>
        {manner === 'mass' || kept === 'all' ? (
          <label className={css.strength}><span>Share that they hold: {percent(share, 0)}</span>
            <input type="range" min="0.1" max="0.95" step="0.05" value={share} onChange={e => { setShare(Number(e.currentTarget.value)); }} />
          </label>
        ) : (
          <label className={css.strength}><span>Picture or map</span>
            <input type="range" min="0" max="1" step="0.05" value={strength} onChange={e => { setStrength(Number(e.currentTarget.value)); }} />
          </label>
        )}
        <label className={css.block}><span>Colours run from</span>
          <select value={scaleName} onChange={e => { setScaleName(e.currentTarget.value as keyof typeof SCALES); }}>
            {Object.entries(SCALES).map(([key, { label }]) => <option key={key} value={key}>{label}</option>)}
          </select>
        </label>
        <label className={css.check}><input type="checkbox" checked={smooth} onChange={e => { setSmooth(e.currentTarget.checked); }} />Smooth between patches</label>
        <label className={css.check}><input type="checkbox" checked={query > 0} onChange={e => { choose({ patch: e.currentTarget.checked ? Math.floor(grid / 2) * (grid + 1) : null }); }} />Attention of a patch</label>
      </div>
      <HeadTable views={list} grid={grid} share={share} query={query} />
    </div>
  );
}

/** What the colours mean, in shares of the token's attention. */
function Legend({ scale: [low, high], grid, strength, who }: { scale: Scale; grid: number; strength: number; who: string }) {
  const even = 1 / (grid * grid);
  const gradient = `linear-gradient(to right, ${coloursOver(strength).map(c => `rgb(${c.map(Math.round).join(' ')})`).join(', ')})`;
  return (
    <div className={css.scale}>
      <p className={css.means}>Share of the attention of {who}, {grid} × {grid} patches</p>
      <div className={css.bar} style={{ backgroundImage: gradient }} role="img" aria-label={`Colour scale from ${percent(low)} to ${percent(high)} of the attention on one patch`}>
        {even > low && even < high && <i style={{ left: `${(100 * (even - low)) / (high - low)}%` }} />}
      </div>
      <p><span>{percent(low)}</span><span>even: {percent(even)} each</span><span>{percent(high)}</span></p>
    </div>
  );
}

function BlockChoice({ attention }: { attention: AttentionMaps }) {
  const depth = useStore(s => (s.runConfig ?? s.config).depth);
  const choose = useStore(s => s.choose);
  const blocks = Number.isInteger(depth) && depth > 0 ? depth : attention.block + 1;
  return (
    <label className={css.block}><span>Block</span>
      <select value={attention.block} onChange={e => {
        const block = Number(e.currentTarget.value);
        choose({ block: block === blocks - 1 ? null : block });
      }}>
        {Array.from({ length: Math.max(blocks, attention.block + 1) }, (_, i) => <option key={i} value={i}>{i === blocks - 1 ? `${i + 1} (last)` : i + 1}</option>)}
      </select>
    </label>
  );
}
