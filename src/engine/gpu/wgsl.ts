/**
 * The one place where WGSL text is changed before it is compiled.
 *
 * Constants are put in front as `const NAME: u32 = ...`, so sizes are known to the shader compiler.
 * Registers cannot be indexed cheaply on every device, so a kernel may ask for a loop to be written out:
 *
 *   #for r in 0..ROWS
 *   acc$r = fma(vec4f(a${r / 4}.x), b0, acc$r);
 *   #end
 *
 * Bounds and `${...}` are whole-number expressions over the constants and the loop variables.
 * `#if FLAG` / `#if !FLAG` ... `#else` ... `#end` keeps or drops lines (bindings, above all) by a boolean
 * constant. `@binding(#)` numbers itself, from 1, in the order of the text that is left.
 */
export type Constants = Record<string, number | boolean>;

export function expand(source: string, constants: Constants): string {
  const declared = Object.entries(constants).map(([name, v]) =>
    typeof v === 'boolean' ? `const ${name}: bool = ${v};` : `const ${name}: u32 = ${integer(name, v)}u;`);
  const lines = unroll(source.split('\n'), constants);
  // Directives must come before any declaration.
  const isDirective = (l: string) => /^(enable|requires) /.test(l);
  const directives = lines.filter(isDirective);
  const body = lines.filter(l => !isDirective(l));
  let binding = 0;
  const text = body.join('\n').replace(/@binding\(#\)/g, () => `@binding(${++binding})`);
  return [...new Set(directives), ...declared, text].join('\n');
}

function integer(name: string, v: number): number {
  if (!Number.isInteger(v) || v < 0) throw new Error(`Constant ${name} is ${v}, must be a whole number of 0 or more.`);
  return v;
}

/** Index of the line that closes the block opened before `from`, and of its #else if it has one. */
function closing(lines: readonly string[], from: number, opener: string): { end: number; otherwise: number | null } {
  let depth = 1;
  let otherwise: number | null = null;
  for (let i = from; i < lines.length; i++) {
    const word = /^\s*#(for|if|else|end)\b/.exec(lines[i]!)?.[1];
    if (word === 'for' || word === 'if') depth++;
    if (word === 'else' && depth === 1) otherwise = i;
    if (word === 'end' && --depth === 0) return { end: i, otherwise };
  }
  throw new Error(`"${opener.trim()}" has no #end.`);
}

function unroll(lines: readonly string[], names: Constants): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const loop = /^\s*#for (\w+) in (.+)\.\.(.+)$/.exec(line);
    const choice = /^\s*#if (!?)(\w+)\s*$/.exec(line);
    if (!loop && !choice) {
      out.push(substitute(line, names));
      continue;
    }
    const { end, otherwise } = closing(lines, i + 1, line);
    if (loop) {
      const body = lines.slice(i + 1, end);
      const [, variable, from, to] = loop;
      for (let v = evaluate(from!, names); v < evaluate(to!, names); v++) out.push(...unroll(body, { ...names, [variable!]: v }));
    } else {
      const [, not, name] = choice!;
      const flag = names[name!];
      if (typeof flag !== 'boolean') throw new Error(`"${line.trim()}": ${name} is no boolean constant of this kernel.`);
      const taken = flag !== (not === '!') ? lines.slice(i + 1, otherwise ?? end) : otherwise === null ? [] : lines.slice(otherwise + 1, end);
      out.push(...unroll(taken, names));
    }
    i = end;
  }
  return out;
}

function substitute(line: string, names: Constants): string {
  return line.replace(/\$\{([^}]+)\}|\$(\w+)/g, (_, expression: string | undefined, name: string | undefined) =>
    String(evaluate(expression ?? name!, names)));
}

/** Whole-number arithmetic: + - * / % and parentheses over names and digits. No eval: the page forbids it. */
export function evaluate(text: string, names: Constants): number {
  const tokens = text.match(/\d+|\w+|[-+*/%()]/g) ?? [];
  let at = 0;
  const atom = (): number => {
    const t = tokens[at++];
    if (t === '(') {
      const v = sum();
      at++;
      return v;
    }
    if (t !== undefined && /^\d+$/.test(t)) return Number(t);
    const v = t === undefined ? undefined : names[t];
    if (typeof v !== 'number') throw new Error(`"${t ?? ''}" in "${text}" is no known whole number.`);
    return v;
  };
  const product = (): number => {
    let v = atom();
    for (; ;) {
      const op = tokens[at];
      if (op !== '*' && op !== '/' && op !== '%') return v;
      at++;
      const w = atom();
      v = op === '*' ? v * w : op === '/' ? Math.floor(v / w) : v % w;
    }
  };
  const sum = (): number => {
    let v = product();
    for (; ;) {
      const op = tokens[at];
      if (op !== '+' && op !== '-') return v;
      at++;
      const w = product();
      v = op === '+' ? v + w : v - w;
    }
  };
  return sum();
}

export interface ParamField { name: string; type: 'u32' | 'f32' | 'i32' }

/** The fields of `struct Params` in order; all are 4 bytes wide. */
export function paramFields(source: string): ParamField[] {
  const body = /struct Params\s*\{([^}]*)\}/.exec(source)?.[1];
  if (body === undefined) return [];
  return [...body.replace(/\/\/.*$/gm, '').matchAll(/(\w+)\s*:\s*(u32|f32|i32)/g)].map(m => ({ name: m[1]!, type: m[2] as ParamField['type'] }));
}
