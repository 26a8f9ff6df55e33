/** A mistake in what was asked for. Its message says what is wrong and what to do; it is shown without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

/** What to show of a failed file operation: the reason in words, without Node's syntax. */
export function fileProblem(path: string, thrown: unknown): UserError {
  const code = (thrown as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = { ENOENT: 'it does not exist', EACCES: 'you have no permission to read it', EPERM: 'you have no permission to read it', ELOOP: 'its links go round in a circle' };
  return new UserError(`Can't read ${path}: ${reasons[code ?? ''] ?? (thrown as Error).message}.`);
}
