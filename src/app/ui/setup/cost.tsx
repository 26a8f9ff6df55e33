import { useEffect } from 'react';
import type { CostEstimate, MemoryPart } from '#contract/trainer.ts';
import { isLive } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { bytes, count, flop, percent, span, whole } from '#app/ui/common/format.ts';
import { expectation } from './expectation.ts';
import css from './setup.module.css';

/** Milliseconds after the last change before the cost is asked for. */
const SETTLE = 150;
const DASH = '–';

export function Cost() {
  const config = useStore(s => s.config);
  const estimate = useStore(s => s.estimate);
  const images = useStore(s => s.dataset?.count ?? 0);
  const device = useStore(s => s.device);
  const rate = useStore(s => s.rate?.flops ?? null);
  const updateEstimate = useStore(s => s.updateEstimate);
  const invalid = useStore(s => s.problems.length > 0);

  useEffect(() => {
    const timer = setTimeout(() => { void updateEstimate(config); }, SETTLE);
    return () => { clearTimeout(timer); };
    // What fits depends on the device, too.
  }, [config, device, updateEstimate]);

  const flops = estimate ? estimate.flopsPerStep * config.steps : null;
  return (
    <div className={css.cost}>
      <dl>
        <div><dt>Time</dt><dd data-testid="time-estimate">{flops === null ? DASH : rate === null ? 'not known yet' : `about ${span(flops / rate)}`}</dd></div>
        <div><dt>GPU memory</dt><dd data-testid="memory-estimate">{estimate ? bytes(estimate.bytes) : DASH}</dd></div>
        <div><dt>Computing</dt><dd>{flops !== null ? flop(flops) : DASH}</dd></div>
        <div><dt>Parameters</dt><dd>{estimate ? count(estimate.parameters) : DASH}</dd></div>
      </dl>
      {!invalid && <p>{expectation({ steps: config.steps, batch: config.batchSize, images, flops, software: device?.software ?? false, rate })}</p>}
      {estimate && !invalid && <Memory estimate={estimate} />}
      {!invalid && <Room />}
    </div>
  );
}

const PARTS: Record<MemoryPart, string> = {
  student: 'Student’s weights', teacher: 'Teacher’s weights', gradients: 'Gradients', moments: 'Moments of AdamW',
  activations: 'Activations, kept for the backward pass', logits: 'Logits over the prototypes', images: 'Images and their patches',
};

/** What the estimate adds up. */
function Memory({ estimate }: { estimate: CostEstimate }) {
  const parts = Object.entries(estimate.memory) as [MemoryPart, number][];
  const tryRoom = useStore(s => s.tryRoom);
  const live = useStore(s => isLive(s.runState));
  return (
    <details className={css.memory}>
      <summary>What the memory holds</summary>
      <table data-testid="memory-table">
        <thead><tr><th scope="col">Part</th><th scope="col">Size</th><th scope="col">Share</th></tr></thead>
        <tbody>
          {parts.sort(([, a], [, b]) => b - a).map(([part, size]) => <tr key={part}><th scope="row">{PARTS[part]}</th><td>{bytes(size)}</td><td>{percent(size / estimate.bytes, 0)}</td></tr>)}
        </tbody>
      </table>
      <p>Estimated, without what the browser and the driver take. Activations and logits grow with the micro-batch, the others with the network.</p>
      <Button unavailable={live} onClick={() => { void tryRoom(); }}>Try whether it fits</Button>
    </details>
  );
}

/** What trying gave, and what helps. */
function Room() {
  const room = useStore(s => s.room);
  const pieces = useStore(s => s.config.microBatch || s.config.batchSize);
  const setOption = useStore(s => s.setOption);
  const smaller = room?.microBatch ?? null;
  return (
    <div role="status" className={css.room}>
      {room && smaller === null && <p className={css.problem}>It doesn’t fit this device, not even one image at a time: choose a smaller view size, width, depth or number of prototypes.</p>}
      {smaller !== null && smaller >= pieces && <p>It fits: the GPU has room for it.</p>}
      {smaller !== null && smaller < pieces && (
        <>
          <p className={css.problem}>{whole(pieces)} images at once don’t fit this device. In pieces of {whole(smaller)} they do, with the same result.</p>
          <Button onClick={() => { setOption('microBatch', smaller); }}>Compute in pieces of {whole(smaller)}</Button>
        </>
      )}
    </div>
  );
}
