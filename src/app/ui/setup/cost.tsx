import { useEffect } from 'react';
import { useStore } from '#app/store/store.ts';
import { bytes, count, flop } from '#app/ui/common/format.ts';
import { expectation } from './expectation.ts';
import css from './setup.module.css';

/** Milliseconds after the last change before the cost is asked for. */
const SETTLE = 150;

export function Cost() {
  const config = useStore(s => s.config);
  const estimate = useStore(s => s.estimate);
  const images = useStore(s => s.dataset?.count ?? 0);
  const software = useStore(s => s.device?.software ?? false);
  const updateEstimate = useStore(s => s.updateEstimate);
  const invalid = useStore(s => s.problems.length > 0);

  useEffect(() => {
    const timer = setTimeout(() => { void updateEstimate(config); }, SETTLE);
    return () => { clearTimeout(timer); };
  }, [config, updateEstimate]);

  const dash = '–';
  return (
    <div className={css.cost}>
      <dl>
        <div><dt>Per step</dt><dd>{estimate ? flop(estimate.flopsPerStep) : dash}</dd></div>
        <div><dt>Whole run</dt><dd>{estimate ? flop(estimate.flopsPerStep * config.steps) : dash}</dd></div>
        <div><dt>GPU memory</dt><dd>{estimate ? bytes(estimate.bytes) : dash}</dd></div>
        <div><dt>Parameters</dt><dd>{estimate ? count(estimate.parameters) : dash}</dd></div>
      </dl>
      {!invalid && <p>{expectation({ steps: config.steps, batch: config.batchSize, images, flops: estimate ? estimate.flopsPerStep * config.steps : null, software })}</p>}
    </div>
  );
}
