import { useMemo } from 'react';
import { history } from '#app/store/history.ts';
import { useStore } from '#app/store/store.ts';
import { type Shown, toldApart } from './lines.ts';

/** The runs whose curves are drawn: the one in memory, once it took a step, then those laid over it. */
export function useRuns(): readonly Shown[] {
  const any = useStore(s => s.latest !== null);
  const config = useStore(s => s.runConfig);
  const id = useStore(s => s.runId);
  const name = useStore(s => s.runName);
  // What is loaded may be other images by now.
  const images = useStore(s => s.runs?.find(run => run.id === s.runId)?.dataset.count ?? s.dataset?.count ?? 0);
  const overlaid = useStore(s => s.overlaid);
  return useMemo(() => toldApart([
    ...(any && config ? [{ id: id ?? 'current', name: name || 'This run', config, images, history, line: 0 }] : []),
    ...overlaid.filter(run => run.info.id !== id).map(({ info, history: own, line }) => ({ id: info.id, name: info.name, config: info.config, images: info.dataset.count, history: own, line })),
  ]), [any, config, id, name, images, overlaid]);
}
