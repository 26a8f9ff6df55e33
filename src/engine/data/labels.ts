/** Classes from folders, and from zip archives that lie where a folder could. */

/** Folders that part a dataset for training and evaluation; no one means them as classes. */
const SPLITS = new Set(['train', 'training', 'test', 'testing', 'val', 'valid', 'validation', 'dev', 'eval']);

export interface Labels {
  /** (count), index into `classes`; null when the folders name no classes. */
  labels: Int32Array | null;
  /** Sorted by code unit; empty without labels. */
  classes: string[];
}

/**
 * The class of an image is the first folder of its path, if at least two such folders hold images and
 * every image lies in one. A single folder around everything is stepped into, and so are folders
 * named train, test, val and the like where there are no others: `cifar/train/frog/1.png` is a frog.
 */
export function labelsOf(paths: readonly string[]): Labels {
  const folders = paths.map(path => path.split('/').slice(0, -1).filter(part => part !== '').map(part => part.replace(/\.zip$/i, '')));
  const none: Labels = { labels: null, classes: [] };
  for (let depth = 0; ; depth++) {
    const names = new Set<string>();
    for (const parts of folders) {
      const name = parts[depth];
      if (name === undefined) return none;
      names.add(name);
    }
    if (names.size === 0) return none;
    if (names.size === 1 || [...names].every(name => SPLITS.has(name.toLowerCase()))) continue;
    const classes = [...names].sort();
    const indexOf = new Map(classes.map((name, i) => [name, i]));
    return { labels: Int32Array.from(folders, parts => indexOf.get(parts[depth]!)!), classes };
  }
}
