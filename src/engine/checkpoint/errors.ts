/** What may go wrong in keeping runs; the page tells them apart by `name`. */
import { FormatError } from '#formats/safetensors.ts';

/** The file is whole, and this program too old for it. */
export class NewerVersionError extends FormatError {
  override name = 'NewerVersionError';
}

/** There is no room for a checkpoint. What was kept before is still there. */
export class StorageFullError extends Error {
  override name = 'StorageFullError';
  /** Bytes. */
  readonly needed: number;
  readonly free: number;

  constructor(needed: number, free: number) {
    const at = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    super(`There is no room for a checkpoint: it needs ${at(needed)}, and this browser leaves ${at(free)}. What was kept before is still there. Remove runs that you no longer need (export them first), or free space on the disk.`);
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
