/** What may go wrong in keeping runs; the page tells them apart by `name`. */
import { FormatError } from '#formats/safetensors.ts';

/** The file is whole, and this program too old for it. */
export class NewerVersionError extends FormatError {
  override name = 'NewerVersionError';
}

/** There is no room for what was to be written. What was kept before is still there. */
export class StorageFullError extends Error {
  override name = 'StorageFullError';
  /** Bytes; `free` is the browser's own estimate, which may be far too high. */
  readonly needed: number;
  readonly free: number;

  constructor(needed: number, free: number) {
    const at = (bytes: number) => bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    const why = free < needed ? `the browser leaves this page ${at(free)}` : `the browser takes no more, though it says that ${at(free)} are free: the disk itself may be full`;
    super(`There is no room to keep the run: it needs ${at(needed)}, and ${why}. What was kept before is still there. Remove runs that you no longer need (export them first), or free space on the disk.`);
    this.needed = needed;
    this.free = free;
  }
}

/** This browser keeps nothing for this page, or didn't keep what it was given. */
export class StorageError extends Error {
  override name = 'StorageError';
}

/** There is no such run, or none of its checkpoints can be read. */
export class MissingRunError extends Error {
  override name = 'MissingRunError';
}

/** Another tab writes; this one may only look. */
export class ReadOnlyError extends Error {
  override name = 'ReadOnlyError';

  constructor() {
    super('Another tab of Glimpse keeps the runs, so this one can only show them. Go on in that tab, or close it.');
  }
}
