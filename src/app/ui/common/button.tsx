import type { ButtonHTMLAttributes } from 'react';
import css from './button.module.css';

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className' | 'type'> {
  kind?: 'primary' | 'plain' | 'quiet';
}

export function Button({ kind = 'plain', ...rest }: Props) {
  return <button type="button" className={`${css.button} ${css[kind]}`} {...rest} />;
}
