import { startProgram } from '../process/program.ts';
import { motoCommand } from '../setup/parts.ts';

/** A Moto server: S3 and DynamoDB in memory, any credentials will do. Disposing of it ends it. */
export interface Moto extends AsyncDisposable {
  readonly endpoint: string;
}

/** Starts a Moto server on a free port of the loopback address; it answers when the promise is kept. */
export async function startMoto(): Promise<Moto> {
  const server = startProgram([...(await motoCommand()), '-H', '127.0.0.1', '-p', '0']);
  try {
    // Said when it listens already.
    const [, endpoint = ''] = await server.says('stderr', /Running on (http:\/\/127\.0\.0\.1:\d+)/);
    return { endpoint, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
