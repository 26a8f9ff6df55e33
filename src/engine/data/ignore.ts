/** Files that no one means when dropping a folder of images: passed over in silence. */

const NAMES = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', 'icon\r', 'license', 'readme', 'makefile']);
const FOLDERS = new Set(['__macosx', '$recycle.bin', 'system volume information']);
const EXTENSIONS = new Set([
  'txt', 'md', 'rst', 'rtf', 'json', 'jsonl', 'csv', 'tsv', 'xml', 'yaml', 'yml', 'toml', 'ini', 'cfg', 'log', 'db', 'lnk', 'url',
  'html', 'htm', 'css', 'js', 'ts', 'py', 'pyc', 'ipynb', 'sh', 'bat', 'doc', 'docx', 'xls', 'xlsx', 'md5', 'sha256', 'xmp', 'aae',
]);

/** Whether the file at `path` is a system file, hidden, or by its name something that accompanies images. */
export function isIgnored(path: string): boolean {
  const parts = path.toLowerCase().split('/');
  const name = parts.at(-1) ?? '';
  if (parts.some(part => part.startsWith('.') || FOLDERS.has(part))) return true;
  if (NAMES.has(name)) return true;
  const dot = name.lastIndexOf('.');
  return dot > 0 && EXTENSIONS.has(name.slice(dot + 1));
}
