/** The server cannot start; the message is one line: the fact, the value and the fix. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
