import type { Contestant } from '#engine/bench/peer.ts';
import { productSizes } from '#engine/bench/peer.ts';
import { runBench } from '#engine/bench/bench.ts';
import { ADAMW, LAYERNORM_EPS, PEER_BLOCK } from '#engine/bench/block-data.ts';
import { contest, PRODUCT_SHAPES } from '#engine/bench/contest.ts';
import { ours } from '#engine/bench/contestant.ts';
import { countGpu } from '#engine/bench/count-gpu.ts';
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
