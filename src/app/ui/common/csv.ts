/** One CSV line per row (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function csv(rows: Iterable<readonly (string | number)[]>): string {
  const cell = (value: string | number): string => {
    if (typeof value === 'number') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  let text = '';
  for (const row of rows) text += `${row.map(cell).join(',')}\r\n`;
  return text;
}

/** Hands a file to the person, as a download that never leaves the machine. */
export function download(name: string, content: string | Blob, type = 'text/csv'): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type: `${type};charset=utf-8` }) : content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has started the download; the address may go once this task is done.
  setTimeout(() => { URL.revokeObjectURL(url); }, 0);
}
