import type { Pattern, Patterns } from '#contract/survey.ts';
import { useStore } from '#app/store/store.ts';
import { percent, whole } from '#app/ui/common/format.ts';
import { visible } from '#lib/visible.ts';
import css from './dataset.module.css';
import insight from './insight.module.css';
import { Survey } from './survey.tsx';
import { Thumb } from './thumb.tsx';
import { useStage } from './use-shown.ts';
import { patternWords, placeOf } from './words.ts';

/** What the prototypes stand for: the patches of the whole dataset that score highest on each. */
export function PatternsView() {
  const patterns = useStore(s => s.patterns);
  const count = useStore(s => s.dataset?.count ?? 0);
  return (
    <div className={insight.maps}>
      {patterns ? <Shown patterns={patterns} /> : (
        <p className={css.intro}>The network sorts every patch to one of its prototypes. Here are those it uses most, each with the patches that fit it best. All {whole(count)} images have to be looked through for that.</p>
      )}
      <Survey tab="patterns" step={patterns?.step ?? null} label="Looking for patterns" />
    </div>
  );
}

function Shown({ patterns: p }: { patterns: Patterns }) {
  const { kind, patterns: most, spots } = useStore(s => s.choices);
  const choose = useStore(s => s.choose);
  const stage = useStage(p.step);
  const thing = p.kind === 'patch' ? 'patches' : 'images';
  const shown = p.patterns.slice(0, most);
  return (
    <>
      <p className={insight.stage} data-testid="stage">Each row is one prototype with {p.kind === 'patch' ? 'its best patch of each image that is best at it, outlined, with what surrounds it' : 'the images that fit it best'}. {patternWords(stage, p)}</p>
      <ol className={css.patterns} data-testid="patterns">
        {shown.map((pattern, i) => <Row key={pattern.prototype} pattern={pattern} place={i + 1} of={p} spots={spots} />)}
      </ol>
      <div className={insight.controls}>
        <label className={insight.block}><span>Sorted are</span>
          <select value={kind} onChange={e => { choose({ kind: e.currentTarget.value === 'class' ? 'class' : 'patch' }); }}>
            <option value="patch">patches</option>
            <option value="class">whole images, by their class tokens</option>
          </select>
        </label>
        <label className={insight.block}><span>Prototypes</span>
          <select value={most} onChange={e => { choose({ patterns: Number(e.currentTarget.value) }); }}>{[8, 12, 16, 20].map(n => <option key={n} value={n}>{n}</option>)}</select>
        </label>
        <label className={insight.block}><span>Images of each</span>
          <select value={spots} onChange={e => { choose({ spots: Number(e.currentTarget.value) }); }}>{[6, 7, 8, 9].map(n => <option key={n} value={n}>{n}</option>)}</select>
        </label>
      </div>
      <details className={insight.numbers}>
        <summary>Patterns in numbers</summary>
        <p className={insight.key}>{whole(p.used)} of {whole(p.prototypes)} prototypes own any of {whole(p.tokens)} {thing}; evenly spread each would own {percent(1 / p.prototypes, 2)}.</p>
        <div className={insight.scroll} tabIndex={0} role="region" aria-label="Patterns in numbers">
          <table data-testid="patterns-table">
            <thead><tr><th scope="col">Prototype</th><th scope="col">{p.kind === 'patch' ? 'Patches' : 'Images'}</th><th scope="col">Share</th>{p.kind === 'patch' && <th scope="col">In images</th>}<th scope="col">Best logit</th></tr></thead>
            <tbody>{shown.map(({ prototype, count, images, spots: [best] }) => (
              <tr key={prototype}><th scope="row">{prototype + 1}</th><td>{whole(count)}</td><td>{percent(count / p.tokens, 2)}</td>{p.kind === 'patch' && <td>{whole(images)}</td>}<td>{best?.logit.toFixed(3)}</td></tr>
            ))}</tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function Row({ pattern, place, of: { grid, tokens, kind }, spots }: { pattern: Pattern; place: number; of: Patterns; spots: number }) {
  const chooseImage = useStore(s => s.chooseImage);
  const choose = useStore(s => s.choose);
  const share = pattern.count / tokens;
  return (
    <li aria-label={`Pattern ${place}, prototype ${pattern.prototype + 1}: ${percent(share)} of all ${kind === 'patch' ? 'patches' : 'images'}`}>
      <p><b>{place}</b><span className={css.owns}><i style={{ width: `${100 * Math.min(1, share)}%` }} /></span><span>{percent(share)}</span></p>
      <ul style={{ gridTemplateColumns: `repeat(${spots}, minmax(0, 1fr))` }}>
        {pattern.spots.slice(0, spots).map(s => (
          <li key={s.index}>
            <button type="button" title={visible(s.path)} aria-label={`${visible(s.path)}${s.patch === null ? '' : `, ${placeOf(s.patch, grid)}`}. Look from there.`}
              onClick={() => { chooseImage(s.index); choose(s.patch === null ? {} : { patch: s.patch }); }}>
              <span className={insight.cut}><Thumb width={s.side} height={s.side} pixels={s.pixels} />{s.patch !== null && <i />}</span>
            </button>
          </li>
        ))}
      </ul>
    </li>
  );
}
