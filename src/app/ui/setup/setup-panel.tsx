import { useMemo, useState } from 'react';
import { CONFIG_KEYS, OPTIONS, PRESETS, preset, type ConfigKey, type Group } from '#contract/config.ts';
import { differing } from '#app/store/config-slice.ts';
import { isSample } from '#app/store/dataset-slice.ts';
import { isLive } from '#app/store/run-slice.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { Panel } from '#app/ui/common/panel.tsx';
import { CopyLink } from './copy-link.tsx';
import { Cost } from './cost.tsx';
import { Field, Reset } from './field.tsx';
import css from './setup.module.css';
import { useLink } from './use-link.ts';
import { problemOf, rangeText } from './value.ts';

const MAIN: readonly ConfigKey[] = ['steps', 'batchSize', 'lr', 'prototypes', 'imageSize', 'patchSize', 'depth', 'embedDim', 'localViews'];

const GROUPS: Record<Group, string> = {
  backbone: 'Backbone', head: 'Projection head', views: 'Views', masks: 'Masks', losses: 'Losses', optimiser: 'Optimiser', run: 'Run',
};

export function SetupPanel() {
  useLink();
  const presetName = useStore(s => s.presetName);
  const config = useStore(s => s.config);
  const linked = useStore(s => s.linked);
  const choosePreset = useStore(s => s.choosePreset);
  const chosen = PRESETS.find(p => p.name === presetName);
  const changed = useMemo(() => differing(config, preset(presetName)), [config, presetName]);

  return (
    <Panel title="Setup" tools={<><CopyLink />{changed.length > 0 && <Button kind="quiet" onClick={() => { choosePreset(presetName); }}>Reset to preset</Button>}</>}>
      <label className={css.preset}>
        <span>Preset{changed.length > 0 && <em> changed</em>}</span>
        <select value={presetName} onChange={e => { choosePreset(e.currentTarget.value); }}>
          {PRESETS.map(p => <option key={p.name} value={p.name}>{p.title}</option>)}
        </select>
      </label>
      <p className={css.about}>{chosen?.about}</p>
      <ForTheSample />
      {linked && <p className={css.note} role="status">These settings came with the link{changed.length > 0 && `. Not as in the preset: ${named(changed)}`}.</p>}
      <NextRun />
      <Cost />
      <MainOptions />
      <AllOptions />
    </Panel>
  );
}

/** The sample images have a preset of their own. */
function ForTheSample() {
  const offered = useStore(s => isSample(s.dataset?.name) && s.presetName !== 'sample' && !isLive(s.runState));
  const choosePreset = useStore(s => s.choosePreset);
  if (!offered) return null;
  return (
    <div className={css.note}>
      <p>The sample images have a preset of their own, which learns more of them, in more steps.</p>
      <Button onClick={() => { choosePreset('sample'); }}>Use Sample pictures</Button>
    </div>
  );
}

const named = (keys: readonly ConfigKey[]): string => keys.map(key => OPTIONS[key].label).join(', ');

/** A run keeps the settings that it was started with. */
function NextRun() {
  const config = useStore(s => s.config);
  const runConfig = useStore(s => (isLive(s.runState) ? s.runConfig : null));
  const blocked = useStore(s => s.busy || s.problems.length > 0);
  const restart = useStore(s => s.restart);
  const changed = useMemo(() => (runConfig ? differing(config, runConfig) : []), [config, runConfig]);
  return (
    <div role="status">
      {changed.length > 0 && (
        <div className={css.note}>
          <p>The run under way has other settings: {named(changed)}. A change applies to the next run.</p>
          <Button unavailable={blocked} onClick={() => { void restart(); }}>Restart with these settings</Button>
        </div>
      )}
    </div>
  );
}

function MainOptions() {
  const [inUse, setInUse] = useState<ConfigKey>('steps');
  const presetName = useStore(s => s.presetName);
  return (
    <div data-options>
      <fieldset className={css.main} onFocus={e => {
        const key = e.target.closest<HTMLElement>('[data-option]')?.dataset.option;
        if (key) setInUse(key as ConfigKey);
      }}>
        <legend className={css.legend}>Main options</legend>
        {MAIN.map(key => <Field key={key} name={key} />)}
      </fieldset>
      <Problems />
      <p className={css.hint} aria-hidden="true"><strong>{OPTIONS[inUse].label}.</strong> {OPTIONS[inUse].help} {rangeText(inUse, presetName)}</p>
      <div className={css.resets}>{MAIN.map(key => <Reset key={key} name={key} />)}</div>
    </div>
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
