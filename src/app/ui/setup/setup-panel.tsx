import { useMemo, useState } from 'react';
import { CONFIG_KEYS, OPTIONS, PRESETS, preset, type ConfigKey, type Group } from '#contract/config.ts';
import { sameConfig } from '#app/store/config-slice.ts';
import { isLive } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { Panel } from '#app/ui/common/panel.tsx';
import { Cost } from './cost.tsx';
import { Field } from './field.tsx';
import css from './setup.module.css';
import { problemOf } from './value.ts';

const MAIN: readonly ConfigKey[] = ['steps', 'batchSize', 'lr', 'prototypes', 'imageSize', 'patchSize', 'depth', 'embedDim', 'localViews'];

const GROUPS: Record<Group, string> = {
  backbone: 'Backbone', head: 'Projection head', views: 'Views', masks: 'Masks', losses: 'Losses', optimiser: 'Optimiser', run: 'Run',
};

export function SetupPanel() {
  const presetName = useStore(s => s.presetName);
  const config = useStore(s => s.config);
  const runConfig = useStore(s => s.runConfig);
  const live = useStore(s => isLive(s.runState));
  const choosePreset = useStore(s => s.choosePreset);
  const chosen = PRESETS.find(p => p.name === presetName);
  const changed = useMemo(() => !sameConfig(config, preset(presetName)), [config, presetName]);

  return (
    <Panel title="Setup" tools={changed ? <Button kind="quiet" onClick={() => { choosePreset(presetName); }}>Reset to preset</Button> : undefined}>
      <label className={css.preset}>
        <span>Preset{changed && <em> changed</em>}</span>
        <select value={presetName} onChange={e => { choosePreset(e.currentTarget.value); }}>
          {PRESETS.map(p => <option key={p.name} value={p.name}>{p.title}</option>)}
        </select>
      </label>
      <p className={css.about}>{chosen?.about}</p>
      {live && runConfig && !sameConfig(config, runConfig) && <p className={css.note}>A run is under way with other settings. These apply to the next one.</p>}
      <Cost />
      <MainOptions />
      <AllOptions />
    </Panel>
  );
}

function MainOptions() {
  const [inUse, setInUse] = useState<ConfigKey>('steps');
  return (
    <>
      <fieldset className={css.main} onFocus={e => {
        const key = e.target.closest<HTMLElement>('[data-option]')?.dataset.option;
        if (key) setInUse(key as ConfigKey);
      }}>
        <legend className={css.legend}>Main options</legend>
        {MAIN.map(key => <Field key={key} name={key} />)}
      </fieldset>
      <Problems />
      <p className={css.hint} aria-hidden="true"><strong>{OPTIONS[inUse].label}.</strong> {OPTIONS[inUse].help}</p>
    </>
  );
}

/** Across the whole width: beside a narrow field there is no room for a sentence. */
function Problems() {
  const problems = useStore(s => s.problems);
  const main = MAIN.map(key => problemOf(key, problems)).filter(message => message !== undefined);
  return <ul className={css.problems} aria-live="polite">{main.map(message => <li key={message} className={css.problem}>{message}</li>)}</ul>;
}

function AllOptions() {
  const [open, setOpen] = useState(false);
  const bad = useStore(s => s.problems.some(p => !MAIN.includes(p.key)));
  // What is wrong must be in sight, also where the field is not among the main ones.
  const shown = open || bad;
  return (
    <details className={css.all} open={shown} onToggle={e => { setOpen(e.currentTarget.open); }}>
      <summary>All options</summary>
      {shown && (Object.keys(GROUPS) as Group[]).map(group => (
        <fieldset key={group} className={css.group}>
          <legend className={css.legend}>{GROUPS[group]}</legend>
          {CONFIG_KEYS.filter(key => OPTIONS[key].group === group).map(key => <Field key={key} name={key} detailed />)}
        </fieldset>
      ))}
    </details>
  );
}
