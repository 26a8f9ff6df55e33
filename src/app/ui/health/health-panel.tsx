import type { Config, ConfigKey } from '#contract/config.ts';
import { history } from '#app/store/history.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { figureOrDash } from '#app/ui/common/format.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { diagnose, type Diagnosis, isFault } from './diagnosis.ts';
import css from './health.module.css';
import { applied, remediesFor, type Remedy } from './remedies.ts';
import { explain, signsOf, TITLES } from './words.ts';

/** Whether the run learns: a verdict, the numbers that led to it, and what helps. */
export function HealthPanel() {
  const config = useStore(s => s.runConfig);
  const any = useStore(s => s.latest !== null);
  useStore(s => s.historyVersion); // the history changes in place
  if (!config || !any) return null;
  const diagnosis = diagnose(history, config);
  return (
    <Panel title="Is it learning?">
      <Finding diagnosis={diagnosis} config={config} />
      <Numbers diagnosis={diagnosis} config={config} />
    </Panel>
  );
}

/** Announced when the verdict changes, not with every number. */
function Finding({ diagnosis, config }: { diagnosis: Diagnosis; config: Config }) {
  const { verdict } = diagnosis;
  return (
    <div className={css.finding} data-verdict={verdict} data-fault={isFault(verdict) || undefined} data-testid="diagnosis">
      <p role="status" className={css.title}>{isFault(verdict) && <span className={css.mark} aria-hidden="true">!</span>}{TITLES[verdict]}</p>
      <p>{explain(diagnosis, config)}</p>
      {isFault(verdict) && <Remedies remedies={remediesFor(verdict, config)} />}
    </div>
  );
}

/** What to set for the next run; the one under way keeps its settings. */
function Remedies({ remedies }: { remedies: Remedy[] }) {
  const config = useStore(s => s.config);
  const setOption = useStore(s => s.setOption);
  const apply = ({ change }: Remedy) => {
    for (const key of Object.keys(change) as ConfigKey[]) setOption(key, change[key]!);
  };
  return (
    <>
      <p className={css.lead}>What helps, the likeliest first. It goes into the settings, for the next run:</p>
      <ul className={css.remedies}>
        {remedies.map(remedy => {
          const done = applied(config, remedy);
          return (
            <li key={remedy.label}>
              <Button unavailable={done} onClick={() => { apply(remedy); }}>{remedy.label}</Button>
              <span>{done ? 'In the settings: stop this run and train again.' : remedy.why}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Numbers({ diagnosis: { signs }, config }: { diagnosis: Diagnosis; config: Config }) {
  return (
    <dl className={css.numbers} data-testid="signs">
      {signsOf(config).map(({ key, name, healthy, says }) => (
        <div key={key}>
          <dt>{name}</dt>
          <dd className={css.now} data-sign={key}>{figureOrDash(signs?.[key] ?? NaN, 3)}</dd>
          <dd className={css.healthy}>Healthy: {healthy}</dd>
          <dd className={css.says}>{says}</dd>
        </div>
      ))}
    </dl>
  );
}
