import { useMemo, useState } from 'react';
import type { SimilarityMaps } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { Beside } from './beside.tsx';
import css from './insight.module.css';
import { Nearest } from './nearest.tsx';
import { blend, coloursOver, upscale } from './paint.ts';
import { PatchPicker } from './patch-picker.tsx';
import { Picture } from './picture.tsx';
import { alike } from './measure.ts';
import { nameOf, useEnlarged, useStage } from './use-shown.ts';
import { cellOf, placeOf, similarityWords } from './words.ts';

const SIZE = 240;

export function SimilarityView({ maps }: { maps: SimilarityMaps }) {
  const { pictures, grid, side, patch, similarity } = maps;
  const choose = useStore(s => s.choose);
  const stage = useStage(maps.step);
  const [strength, setStrength] = useState(0.75);
  const [smooth, setSmooth] = useState(false);
  const [full, setFull] = useState(false);
  const large = useEnlarged(pictures, side, SIZE);
  const all = useMemo(() => alike(similarity, grid, patch), [similarity, grid, patch]);
  const scale = useMemo(() => [full ? -1 : all.lowest, 1] as const, [full, all]);
  const painted = useMemo(() => pictures.map((_, i) => () =>
    blend(large[i]!(), upscale(similarity.subarray(i * grid * grid, (i + 1) * grid * grid), grid, SIZE, scale, smooth), strength)),
  [pictures, large, similarity, grid, scale, smooth, strength]);
  const gradient = `linear-gradient(to right, ${coloursOver(strength).map(c => `rgb(${c.map(Math.round).join(' ')})`).join(', ')})`;
  const best = (i: number) => all.best[i]!;

  return (
    <div className={css.maps}>
      <ul className={css.several} aria-label="Likeness to the chosen patch">
        {pictures.map((p, i) => (
          <li key={`${i} ${p.index}`}>
            <figure>
              {i === 0 ? (
                <PatchPicker label={`${nameOf(p)}: likeness to the chosen patch`} grid={grid} patch={patch} onPatch={next => { choose({ patch: next }); }}>
                  <Picture paint={painted[i]!} size={SIZE} label={`${nameOf(p)}: likeness to the chosen patch`} testId="similarity-map" />
                </PatchPicker>
              ) : <Picture paint={painted[i]!} size={SIZE} label={`${nameOf(p)}: most alike at ${placeOf(best(i).patch, grid)}, ${best(i).similarity.toFixed(2)}`} />}
              <figcaption title={nameOf(p)}>{i === 0 ? `Patch at ${placeOf(patch, grid)}` : nameOf(p)}</figcaption>
            </figure>
          </li>
        ))}
      </ul>
      <div className={css.scale}>
        <p className={css.means}>Cosine of the angle to the patch&rsquo;s token</p>
        <div className={css.bar} style={{ backgroundImage: gradient }} role="img" aria-label={`Colour scale from ${scale[0].toFixed(2)} to 1`} />
        <p><span>{scale[0].toFixed(2)}</span><span>mean {all.mean.toFixed(2)}</span><span>1.00</span></p>
      </div>
      <p className={css.stage} data-testid="stage">Bright patches are described by the network much as the outlined one is. Click another patch of the first picture, or move with the arrow keys. {similarityWords(stage, all.mean)}</p>
      <Nearest maps={maps} />
      <div className={css.controls}>
        <label className={css.strength}><span>Picture or map</span>
          <input type="range" min="0" max="1" step="0.05" value={strength} onChange={e => { setStrength(Number(e.currentTarget.value)); }} />
        </label>
        <div>
          <label className={css.check}><input type="checkbox" checked={smooth} onChange={e => { setSmooth(e.currentTarget.checked); }} />Smooth between patches</label>
          <label className={css.check}><input type="checkbox" checked={full} onChange={e => { setFull(e.currentTarget.checked); }} />Colours from −1 to 1</label>
        </div>
      </div>
      <Beside />
      <details className={css.numbers}>
        <summary>Numbers for each picture</summary>
        <div className={css.scroll} tabIndex={0} role="region" aria-label="Likeness in numbers">
          <table data-testid="similarity-table">
            <thead><tr><th scope="col">Picture</th><th scope="col">Most alike</th><th scope="col">at row, column</th><th scope="col">Mean</th><th scope="col">Least alike</th></tr></thead>
            <tbody>{pictures.map((p, i) => (
              <tr key={`${i} ${p.index}`}>
                <th scope="row">{nameOf(p)}</th><td>{best(i).similarity.toFixed(3)}</td><td>{cellOf(best(i).patch, grid)}</td>
                <td>{best(i).mean.toFixed(3)}</td><td>{best(i).least.toFixed(3)}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
