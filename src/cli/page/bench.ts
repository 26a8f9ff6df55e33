import type { Contestant } from '#engine/measure/peer.ts';
import { productSizes } from '#engine/measure/peer.ts';
import { runBench } from '#engine/measure/bench.ts';
import { ADAMW, LAYERNORM_EPS, PEER_BLOCK } from '#engine/measure/block-data.ts';
import { contest, PRODUCT_SHAPES } from '#engine/measure/contest.ts';
import { ours } from '#engine/measure/contestant.ts';
import { countGpu } from '#engine/measure/count-gpu.ts';
import { outcome } from './page.ts';
import type { BenchJob, BenchResult } from './protocol.ts';

interface Peers {
  peers(options: { adamw: typeof ADAMW; eps: number; productSizes: typeof productSizes; jaxVersion: string }): Contestant[];
}

const say = (line: string): void => void window.glimpseSay(line);

window.glimpseBench = job => outcome(bench(job));

async function bench({ options, peers }: BenchJob): Promise<BenchResult> {
  const result: BenchResult = {};
  if (options.only.length) result.measured = await runBench(options, say);
  if (peers) {
    const others = await import(/* @vite-ignore */ peers.url) as Peers;
    const stop = countGpu();
    try {
      const contestants = [ours(), ...others.peers({ adamw: ADAMW, eps: LAYERNORM_EPS, productSizes, jaxVersion: peers.jaxVersion })];
      result.peers = await contest(contestants, { samples: options.samples, size: PEER_BLOCK, shapes: PRODUCT_SHAPES }, say);
    } finally {
      stop();
    }
  }
  return result;
}
