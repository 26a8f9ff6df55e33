import { transfer, wrap } from 'comlink';
import { failureOf, fetchFile, outcome } from './page.ts';
import type { ReplayGroup } from './protocol.ts';

interface ReplayApi { replay(bytes: ArrayBuffer): Promise<{ groups: ReplayGroup[] }> }

window.glimpseParity = index => outcome(compare(index));

/** A worker for each recording, so that one that fails leaves nothing behind for the next. */
async function compare(index: number): Promise<ReplayGroup[]> {
  const bytes = await (await fetchFile(index, `recording ${index + 1}`)).arrayBuffer();
  const worker = new Worker(new URL('./parity-worker.ts', import.meta.url), { type: 'module' });
  try {
    const { groups } = await Promise.race([wrap<ReplayApi>(worker).replay(transfer(bytes, [bytes])), failureOf(worker)]);
    return groups;
  } finally {
    worker.terminate();
  }
}
