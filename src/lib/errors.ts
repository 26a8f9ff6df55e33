/**
 * Errors that cross the worker boundary. Only `name`, `message` and `stack` survive the crossing, so
 * callers branch on `name`; a message says what happened, what was expected and what to do.
 */

/** The files given to the program hold no image that can be used. */
export class EmptyDatasetError extends Error {
  override name = 'EmptyDatasetError';
}

/** One file that can't be used as an image; the message is the reason, as shown beside its path. */
export class UnusableImageError extends Error {
  override name = 'UnusableImageError';
}

/** An image that was usable when it was added can't be read any more. */
export class ImageReadError extends Error {
  override name = 'ImageReadError';
}

/** What was asked for can't be done as things stand. */
export class StateError extends Error {
  override name = 'StateError';
}

/** What to show of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}
