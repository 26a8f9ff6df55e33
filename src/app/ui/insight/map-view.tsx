import { useMemo, useState } from 'react';
import { type DatasetMap, MOST_POINTS } from '#contract/survey.ts';
import { GUEST } from '#contract/trainer.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { percent, whole } from '#app/ui/common/format.ts';
import css from './dataset.module.css';
import { type Group, groupsOf, mostly } from './groups.ts';
import { ImageGrid } from './image-grid.tsx';
import insight from './insight.module.css';
import { Legend } from './legend.tsx';
import { MapControls } from './map-controls.tsx';
import { fitted } from './plot-geometry.ts';
import { Scatter } from './scatter.tsx';
import { Survey } from './survey.tsx';
import { useStage } from './use-shown.ts';
import { mapWords } from './words.ts';

/** All images as points: near to each other where the network describes them alike. */
export function MapView() {
  const map = useStore(s => s.map);
  const count = useStore(s => s.dataset?.count ?? 0);
  return (
    <div className={insight.maps}>
      {map ? <Points map={map} /> : (
        <p className={css.intro}>Each image of the dataset as a point: those that the network describes alike lie near to each other. All {whole(count)} images have to be looked through for that.</p>
      )}
      <Survey tab="map" step={map?.step ?? null} label="Looking for the map" />
    </div>
  );
}

function Points({ map }: { map: DatasetMap }) {
  const chosenColouring = useStore(s => s.choices.colouring);
  const classes = useStore(s => s.dataset?.classes);
  const current = useStore(s => s.imageIndex);
  const chooseImage = useStore(s => s.chooseImage);
  const stage = useStage(map.step);
  const [chosen, setChosen] = useState<ReadonlySet<number> | null>(null);
  const folders = useMemo(() => classes?.map(c => c.name) ?? [], [classes]);
  const colouring = chosenColouring === 'folder' && !map.folders ? 'cluster' : chosenColouring;
  const groups = useMemo(() => groupsOf(map, colouring, folders), [map, colouring, folders]);
  const places = useMemo(() => fitted(map.positions), [map.positions]);
  const groupOf = useMemo(() => {
    const of: Group[] = [];
    for (const g of groups) for (const p of g.points) of[p] = g;
    return of;
  }, [groups]);
  const points = places.length / 2;
  const indexOf = (point: number) => point * map.every;
  const pointOf = (index: number) => index >= 0 && index % map.every === 0 && index / map.every < points ? index / map.every : null;
  const choose = (some: readonly number[]) => { setChosen(some.length ? new Set([...some].filter(p => p < points).sort((a, b) => a - b)) : null); };
  const indices = useMemo(() => [...chosen ?? []].map(p => p * map.every), [chosen, map.every]);

  return (
    <>
      <Scatter label={`Map of ${whole(points)} images by ${map.layout === 'pca' ? 'principal components' : 'UMAP'}, coloured by ${colouring}`} places={places} groups={groups}
        indexOf={indexOf} about={p => groupOf[p]?.label ?? ''} current={pointOf(current)} chosen={chosen} onChoose={choose} onLook={p => { chooseImage(indexOf(p)); }} />
      <Legend groups={groups} chosen={chosen} onChoose={choose} />
      <p className={insight.stage} data-testid="stage">{mapWords(stage, map, colouring === 'cluster' && map.folders ? purity(map, groups, folders) : null)}</p>
      {map.every > 1 && <p className={insight.key}>Every {map.every === 2 ? 'second' : map.every === 3 ? 'third' : `${whole(map.every)}th`} image is shown, {whole(points)} in all: a map holds {whole(MOST_POINTS)} at most.</p>}
      {chosen && (
        <section className={css.chosen} aria-label="Chosen images">
          <div className={css.head}><h3>{whole(chosen.size)} chosen</h3><Button kind="quiet" onClick={() => { setChosen(null); }}>Let go of them</Button></div>
          <ImageGrid key={indices.join()} label="Chosen images" indices={indices} testId="map-chosen" />
        </section>
      )}
      <Similar map={map} />
      <MapControls map={map} colouring={colouring} />
      <details className={insight.numbers}>
        <summary>Groups in numbers</summary>
        <div className={insight.scroll} tabIndex={0} role="region" aria-label="Groups in numbers">
          <table data-testid="map-table">
            <thead><tr><th scope="col">Group</th><th scope="col">Images</th><th scope="col">Share</th>{map.folders && <th scope="col">Most from folder</th>}{colouring === 'cluster' && <th scope="col">Typical image</th>}</tr></thead>
            <tbody>{groups.map((g, i) => {
              const most = mostly(map, g.points, folders);
              return (
                <tr key={g.label}>
                  <th scope="row">{g.label}</th><td>{whole(g.points.length)}</td><td>{percent(g.points.length / points)}</td>
                  {map.folders && <td>{most ? `${most.folder}, ${percent(most.share, 0)}` : ''}</td>}
                  {colouring === 'cluster' && <td>image {whole((map.typical[i]?.[0] ?? 0) + 1)}</td>}
                </tr>
              );
            })}</tbody>
          </table>
        </div>
      </details>
    </>
  );
}

/** What is most like the image that is looked at. */
function Similar({ map }: { map: DatasetMap }) {
  const similar = useStore(s => s.similar);
  const current = useStore(s => s.imageIndex);
  const guest = useStore(s => s.guest);
  const mine = similar?.index === current && similar.step === map.step ? similar : null;
  const what = current === GUEST ? guest ?? 'your picture' : `image ${whole(current + 1)}`;
  if (!mine) return current === GUEST ? <p className={insight.key}>To compare {what} with all images, look through them again.</p> : null;
  return (
    <section className={css.chosen} aria-label="Most alike">
      <div className={css.head}><h3>Most like {what}</h3></div>
      <p className={insight.key}>By the cosine of their class tokens. Choose one to look at it in all views.</p>
      <ImageGrid label={`Most like ${what}`} indices={mine.found.map(f => f.index)} noteOf={i => mine.found[i]!.cosine.toFixed(3)} testId="map-similar" />
    </section>
  );
}

/** Of all points the share that lies in a cluster most of which is from its own folder. */
function purity(map: DatasetMap, groups: readonly Group[], folders: readonly string[]): number {
  const right = groups.reduce((s, g) => s + (mostly(map, g.points, folders)?.share ?? 0) * g.points.length, 0);
  return right / Math.max(1, map.positions.length / 2);
}
