/** What JSON.parse lets pass in silence: a name that comes twice in one object (the last would win), and texts made to exhaust memory. */

const QUOTE = 0x22, BACKSLASH = 0x5c, COLON = 0x3a, COMMA = 0x2c, OPEN = 0x7b, CLOSE = 0x7d, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d;

/**
 * The first problem of a text, before JSON.parse takes it: a name that comes twice in one object, objects and lists nested
 * more than `depth` deep, more than `values` values; null where there is none. Reads the text once and keeps the names of
 * open objects only. Throws SyntaxError for some texts that are no JSON, and finds nothing in others.
 */
export function checkJson(json: string, limits: { depth: number; values: number }): string | null {
  const open: (Set<string> | null)[] = [];
  let values = 1;
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i);
    if (c === QUOTE) {
      const from = i;
      for (i++; i < json.length && json.charCodeAt(i) !== QUOTE; i++) if (json.charCodeAt(i) === BACKSLASH) i++;
      let next = i + 1;
      while (json.charCodeAt(next) <= 0x20) next++;
      const names = open.at(-1);
      if (json.charCodeAt(next) !== COLON || !names) continue;
      const name = JSON.parse(json.slice(from, i + 1)) as string;
      if (names.has(name)) return `the name ${JSON.stringify(name.slice(0, 80))} comes twice`;
      names.add(name);
    } else if (c === OPEN || c === OPEN_LIST) {
      if (open.length === limits.depth) return `something is nested more than ${limits.depth} deep`;
      if (++values > limits.values) return `there are more than ${limits.values} values`;
      open.push(c === OPEN ? new Set() : null);
    } else if (c === COMMA) {
      if (++values > limits.values) return `there are more than ${limits.values} values`;
    } else if (c === CLOSE || c === CLOSE_LIST) open.pop();
  }
  return null;
}
