import { useStore } from '#app/store/store.ts';
import css from './alerts.module.css';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

/** Everything that failed, until it is dismissed. The region is always there, so that additions are announced. */
export function Alerts() {
  const alerts = useStore(s => s.alerts);
  const dismiss = useStore(s => s.dismiss);
  return (
    <div role="alert" className={css.region}>
      {alerts.map(alert => (
        <div key={alert.id} className={css.alert}>
          <p className={css.text}>{alert.message}{alert.times > 1 && <span className={css.times}> ({alert.times} times)</span>}</p>
          <Button kind="quiet" aria-label="Dismiss this message" onClick={() => { dismiss(alert.id); }}><Icon name="close" /></Button>
        </div>
      ))}
    </div>
  );
}
