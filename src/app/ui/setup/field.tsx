import { useId, useState } from 'react';
import { OPTIONS, preset, type Config, type ConfigKey, type Option } from '#contract/config.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { parseNumber, problemOf, rangeText, valueText } from './value.ts';
import css from './setup.module.css';

interface Props { name: ConfigKey; /** With its help, default and range in sight. */ detailed?: boolean }

/** One option of the configuration: its control, unit, help and what is wrong with it. */
export function Field({ name, detailed = false }: Props) {
  const id = useId();
  const option = OPTIONS[name];
  const value = useStore(s => s.config[name]);
  const message = useStore(s => problemOf(name, s.problems));
  const presetName = useStore(s => s.presetName);
  const setOption = useStore(s => s.setOption);
  const parts = Array.isArray(value) ? value : null;
  const set = (next: unknown) => { setOption(name, next as Config[typeof name]); };
  const described = `${id}-help${message ? ` ${id}-problem` : ''}`;
  const shared = { 'aria-describedby': described, 'aria-invalid': Boolean(message) };

  return (
    <div className={`${css.field} ${detailed ? css.detailed : ''}`} data-option={name} data-parts={parts?.length}>
      <label htmlFor={id}>{option.label}{option.unit && <span className={css.unit}> {option.unit}</span>}</label>
      {option.kind === 'bool' && <input id={id} type="checkbox" checked={value === true} onChange={e => { set(e.currentTarget.checked); }} {...shared} />}
      {option.kind === 'choice' && (
        <select id={id} value={String(value)} onChange={e => { set(e.currentTarget.value); }} {...shared}>
          {option.choices.map(c => <option key={c}>{c}</option>)}
        </select>
      )}
      {(option.kind === 'int' || option.kind === 'float') && (
        <span className={css.controls}>
          {value !== null && <NumberInput id={id} option={option} value={value as number} onChange={set} {...shared} />}
          {option.nullable && (
            <label className={css.none}>
              <input {...(value === null ? { id } : {})} type="checkbox" checked={value === null} aria-label={`${option.label}: none`}
                onChange={e => { set(e.currentTarget.checked ? null : Math.max(option.min, 1e-5)); }} />none
            </label>
          )}
        </span>
      )}
      {parts && (
        <span className={css.controls}>
          {parts.map((part, i) => (
            <NumberInput key={i} {...(i === 0 ? { id } : {})} option={option} value={part} aria-label={`${option.label}, ${i + 1} of ${parts.length}`}
              onChange={next => { set(parts.map((old, j) => (i === j ? next : old))); }} {...shared} />
          ))}
        </span>
      )}
      <p id={`${id}-help`} className={css.help}>
        {option.help} {rangeText(name, presetName)}
      </p>
      {detailed && <Reset name={name} />}
      {message && <p id={`${id}-problem`} className={css.problem}>{message}</p>}
    </div>
  );
}

/** One option back to what the preset has; the field gets the focus, since the button goes. */
export function Reset({ name }: { name: ConfigKey }) {
  const own = useStore(s => s.config[name]);
  const presetName = useStore(s => s.presetName);
  const setOption = useStore(s => s.setOption);
  const before = preset(presetName)[name];
  if (String(own) === String(before)) return null;
  return (
    <span className={css.reset}>
      <Button kind="quiet" onClick={event => {
        const form = event.currentTarget.closest<HTMLElement>('[data-option], [data-options]')!;
        const field = form.dataset.option ? form : form.querySelector(`[data-option="${name}"]`);
        field?.querySelector<HTMLElement>('input, select')?.focus();
        setOption(name, before);
      }}>Reset {OPTIONS[name].label} to {valueText(before)}</Button>
    </span>
  );
}

interface NumberProps {
  id?: string; option: Option; value: number; onChange: (value: number) => void;
  'aria-label'?: string; 'aria-describedby': string; 'aria-invalid': boolean;
}

/** Keeps what is being typed ("1e-", "") as long as it stands for the value held; a preset or reset replaces it. */
function NumberInput({ option, value, onChange, ...rest }: NumberProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft !== null && Object.is(parseNumber(draft), value) ? draft : valueText(value);
  const type = (next: string) => {
    setDraft(next);
    onChange(parseNumber(next));
  };
  return (
    <input type="text" inputMode={option.kind === 'int' ? 'numeric' : 'decimal'} autoComplete="off" spellCheck={false}
      value={text} onChange={e => { type(e.currentTarget.value); }} onBlur={() => { if (!Number.isNaN(value)) setDraft(null); }} {...rest} />
  );
}
