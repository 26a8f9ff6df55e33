import { useState } from 'react';
import type { MatchMaps } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { percent } from '#app/ui/common/format.ts';
import { Beside } from './beside.tsx';
import css from './insight.module.css';
import { headColour } from './paint.ts';
import { Picture } from './picture.tsx';
import { nameOf, useEnlarged, useStage } from './use-shown.ts';
import { cellOf, matchWords, placeOf } from './words.ts';

const SIZE = 320;
/** Width of a picture and of the gap between the two, in parts of the pair's width. */
const [SIDE, GAP] = [47, 6];

export function MatchesView({ maps }: { maps: MatchMaps }) {
  const { pictures, grid, side, matches, accuracy } = maps;
  const { pair, seed } = useStore(s => s.choices);
  const choose = useStore(s => s.choose);
  const stage = useStage(maps.step);
  const [chosen, setChosen] = useState<number | null>(null);
  const large = useEnlarged(pictures, side, SIZE);
  const at = (patch: number, right: boolean) => ({
    x: (right ? SIDE + GAP : 0) + ((patch % grid + 0.5) * SIDE) / grid, y: ((Math.floor(patch / grid) + 0.5) * SIDE) / grid,
  });
  const names = pictures.map((p, i) => accuracy ? `${nameOf(p)}, ${i === 0 ? 'first' : 'second'} view` : nameOf(p));
  const ordered = matches.map((m, i) => ({ m, i })).sort((a, b) => Number(a.i === chosen) - Number(b.i === chosen));

  return (
    <div className={css.maps}>
      <div className={css.matched} data-testid="matches">
        <div className={css.two}>{pictures.map((_, i) => <Picture key={i} paint={large[i]!} size={SIZE} label={names[i]!} />)}</div>
        <svg viewBox={`0 0 100 ${SIDE}`} aria-hidden="true">
          {ordered.map(({ m, i }) => {
            const [a, b] = [at(m.from, false), at(m.to, true)];
            const colour = `rgb(${headColour(i).join(' ')})`;
            const faint = chosen !== null && chosen !== i;
            return (
              <g key={i} opacity={faint ? 0.18 : 1} onPointerEnter={() => { setChosen(i); }} onPointerLeave={() => { setChosen(null); }}>
                <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke="#fff" strokeWidth={chosen === i ? 1.5 : 0.9} />
                <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke={colour} strokeWidth={chosen === i ? 0.9 : 0.5} />
                {[a, b].map((end, k) => <circle key={k} cx={end.x} cy={end.y} r={chosen === i ? 1.6 : 1.1} fill={colour} stroke="#fff" strokeWidth={0.4} />)}
              </g>
            );
          })}
        </svg>
      </div>
      <p className={css.names}>{names.map((name, i) => <span key={i} title={name}>{name}</span>)}</p>
      <p className={css.stage} data-testid="stage">Each line joins one of the {matches.length} patches that get most attention to the patch of the other picture that is described most like it. {matchWords(stage, accuracy, grid * grid)}</p>
      {matches.length === 0 && <p className={css.stage}>These two views don&rsquo;t show a common place. Draw others.</p>}
      <div className={css.controls}>
        <label className={css.block}><span>Compare</span>
          <select value={pair} onChange={e => { choose({ pair: e.currentTarget.value === 'views' ? 'views' : 'images' }); }}>
            <option value="views">two random views of one image</option>
            <option value="images">two images</option>
          </select>
        </label>
        {pair === 'views' && <div className={css.other}><Button onClick={() => { choose({ seed: seed + 1 }); }}>Draw other views</Button></div>}
      </div>
      {pair === 'images' && <Beside most={1} />}
      <div className={css.scroll} role="region" aria-label="Matches in numbers" tabIndex={0}>
        <table data-testid="matches-table" className={css.list}>
          <thead><tr><th scope="col">Row, column</th><th scope="col">Match</th><th scope="col">Likeness</th><th scope="col">Attention</th>{accuracy && <th scope="col">Same place</th>}</tr></thead>
          <tbody>
            {matches.map((m, i) => (
              <tr key={m.from} data-chosen={i === chosen || undefined}>
                <th scope="row">
                  <button type="button" aria-pressed={i === chosen} aria-label={`Patch at ${placeOf(m.from, grid)}`} onFocus={() => { setChosen(i); }} onBlur={() => { setChosen(null); }}
                    onPointerEnter={() => { setChosen(i); }} onPointerLeave={() => { setChosen(null); }} onClick={() => { setChosen(i); }}>
                    <i className={css.swatch} style={{ background: `rgb(${headColour(i).join(' ')})` }} />{cellOf(m.from, grid)}
                  </button>
                </th>
                <td>{cellOf(m.to, grid)}</td><td>{m.similarity.toFixed(3)}</td><td>{percent(m.attention)}</td>
                {accuracy && <td>{m.to === m.expected ? 'yes' : `no: ${cellOf(m.expected ?? 0, grid)}`}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
