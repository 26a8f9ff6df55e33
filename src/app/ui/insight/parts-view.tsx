import { useMemo, useState } from 'react';
import type { ComponentMaps } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { percent } from '#app/ui/common/format.ts';
import { Beside } from './beside.tsx';
import css from './insight.module.css';
import { componentColours, paintColours } from './paint.ts';
import { Picture } from './picture.tsx';
import { nameOf, useEnlarged, useStage } from './use-shown.ts';
import { partsWords } from './words.ts';

const SIZE = 240;
const CHANNELS = ['Red', 'Green', 'Blue'] as const;

export function PartsView({ maps }: { maps: ComponentMaps }) {
  const { pictures, grid, side, components, foreground, ofForeground, explained } = maps;
  const { onlyForeground, swapped } = useStore(s => s.choices);
  const choose = useStore(s => s.choose);
  const stage = useStage(maps.step);
  const [strength, setStrength] = useState(0.85);
  const large = useEnlarged(pictures, side, SIZE);
  const patches = grid * grid;
  const painted = useMemo(() => {
    const counts = (p: number) => !ofForeground || foreground[p] === 1;
    const colours = componentColours(components, counts);
    return pictures.map((_, i) => () => paintColours(large[i]!(), colours.subarray(3 * i * patches, 3 * (i + 1) * patches), p => counts(i * patches + p), grid, strength));
  }, [pictures, large, components, foreground, ofForeground, grid, patches, strength]);
  const share = (i: number) => foreground.subarray(i * patches, (i + 1) * patches).reduce((s, f) => s + f, 0) / patches;
  const mean = (i: number, k: number) => {
    let [sum, count] = [0, 0];
    for (let p = i * patches; p < (i + 1) * patches; p++) if (!ofForeground || foreground[p] === 1) [sum, count] = [sum + components[3 * p + k]!, count + 1];
    return count ? (sum / count).toFixed(2) : 'none';
  };

  return (
    <div className={css.maps}>
      <ul className={css.several} aria-label="First three components as colours">
        {pictures.map((p, i) => (
          <li key={`${i} ${p.index}`}>
            <figure>
              <Picture paint={painted[i]!} size={SIZE} label={`${nameOf(p)}: first three components of its patches as colours; ${percent(share(i), 0)} is foreground`} {...(i === 0 ? { testId: 'parts-map' } : {})} />
              <figcaption title={nameOf(p)}>{nameOf(p)}</figcaption>
            </figure>
          </li>
        ))}
      </ul>
      <ol className={css.explained} aria-label="Variance explained by each component" data-testid="explained">
        {CHANNELS.map((name, k) => (
          <li key={name}><span>{name}</span><span className={css.share}><i data-channel={name} style={{ width: `${100 * Math.min(1, explained[k] ?? 0)}%` }} /></span><b>{percent(explained[k] ?? 0)}</b></li>
        ))}
      </ol>
      <p className={css.stage} data-testid="stage">Patches of the same colour are described alike: red, green and blue are the three directions in which the patches of these pictures differ most{ofForeground ? ', among those of the foreground. Dark is what the first direction sets apart as background' : ''}. {partsWords(stage, explained)}</p>
      {onlyForeground && !ofForeground && <p className={css.stage}>Too few patches are foreground, so all are shown.</p>}
      <div className={css.controls}>
        <label className={css.strength}><span>Picture or map</span>
          <input type="range" min="0" max="1" step="0.05" value={strength} onChange={e => { setStrength(Number(e.currentTarget.value)); }} />
        </label>
        <div>
          <label className={css.check}><input type="checkbox" checked={onlyForeground} onChange={e => { choose({ onlyForeground: e.currentTarget.checked }); }} />Foreground only</label>
          <label className={css.check}><input type="checkbox" checked={swapped} onChange={e => { choose({ swapped: e.currentTarget.checked }); }} />Swap foreground and background</label>
        </div>
      </div>
      <Beside />
      <details className={css.numbers}>
        <summary>Numbers for each picture</summary>
        <div className={css.scroll} tabIndex={0} role="region" aria-label="Components in numbers">
          <table data-testid="parts-table">
            <thead><tr><th scope="col">Picture</th><th scope="col">Foreground</th>{CHANNELS.map(name => <th key={name} scope="col">{name}, mean</th>)}</tr></thead>
            <tbody>{pictures.map((p, i) => (
              <tr key={`${i} ${p.index}`}><th scope="row">{nameOf(p)}</th><td>{percent(share(i), 0)}</td>{CHANNELS.map((name, k) => <td key={name}>{mean(i, k)}</td>)}</tr>
            ))}</tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
