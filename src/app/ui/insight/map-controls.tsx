import type { DatasetMap } from '#contract/survey.ts';
import type { Colouring } from '#app/store/looking.ts';
import { useStore } from '#app/store/store.ts';
import insight from './insight.module.css';

const CLUSTERS = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30];

export function MapControls({ map, colouring }: { map: DatasetMap; colouring: Colouring }) {
  const { layout, clusters } = useStore(s => s.choices);
  const choose = useStore(s => s.choose);
  return (
    <div className={insight.controls}>
      <label className={insight.block}><span>Layout</span>
        <select value={layout} onChange={e => { choose({ layout: e.currentTarget.value === 'umap' ? 'umap' : 'pca' }); }}>
          <option value="pca">principal components (at once)</option>
          <option value="umap">UMAP (takes a while)</option>
        </select>
      </label>
      <label className={insight.block}><span>Colours and shapes by</span>
        <select value={colouring} onChange={e => { choose({ colouring: e.currentTarget.value as Colouring }); }}>
          {map.folders && <option value="folder">folder</option>}
          <option value="cluster">cluster</option>
          <option value="order">order in the dataset</option>
        </select>
      </label>
      {colouring === 'cluster' && (
        <label className={insight.block}><span>Clusters</span>
          <select value={clusters} onChange={e => { choose({ clusters: Number(e.currentTarget.value) }); }}>
            {CLUSTERS.map(k => <option key={k} value={k}>{k}</option>)}
          </select>
        </label>
      )}
    </div>
  );
}
