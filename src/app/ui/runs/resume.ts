import type { RunInfo } from '#contract/runs.ts';
import { useStore } from '#app/store/store.ts';
import { reconnect } from '#app/ui/data/reconnect.ts';

/** Takes a kept run up again, its folder first where this browser still knows it; to be called from a press. */
export async function resume(run: RunInfo): Promise<void> {
  const { dataset, findFolders } = useStore.getState();
  if (dataset?.hash !== run.dataset.hash) {
    await findFolders();
    const folder = useStore.getState().folders.find(f => f.hash === run.dataset.hash);
    if (folder) await reconnect(folder);
  }
  await useStore.getState().resumeKept(run);
}
