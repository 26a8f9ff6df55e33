import type { ButtonHTMLAttributes } from 'react';
import css from './button.module.css';

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className' | 'type' | 'disabled'> {
  kind?: 'primary' | 'plain' | 'quiet';
  /** Can't be pressed now. It keeps the keyboard's focus, which a disabled button would lose. */
  unavailable?: boolean;
}

export function Button({ kind = 'plain', unavailable = false, onClick, ...rest }: Props) {
  return (
    <button type="button" className={`${css.button} ${css[kind]}`} aria-disabled={unavailable || undefined}
      onClick={event => { if (!unavailable) onClick?.(event); }} {...rest} />
  );
}
