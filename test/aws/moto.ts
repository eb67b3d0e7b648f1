import { startProgram } from '../process/program.ts';
import { motoCommand } from '../setup/parts.ts';

/** A Moto server: S3 and DynamoDB in memory, any credentials will do. Disposing of it ends it. */
export interface Moto extends AsyncDisposable {
  /** Options for any client of the AWS SDK that is to ask it. */
  readonly client: ClientOptions;
}

/** How a client of the AWS SDK finds a stand-in on this machine. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Starts a Moto server on a free port of the loopback address; it answers when the promise is kept. */
export async function startMoto(): Promise<Moto> {
  const command = [...(await motoCommand()), '-H', '127.0.0.1', '-p', '0'];
  const program = startProgram(command, { env: { PYTHONUNBUFFERED: '1' } });
  try {
    // It says so when it listens already.
    const [, endpoint = ''] = await program.says('stderr', /Running on (http:\/\/127\.0\.0\.1:\d+)/);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return {
      client: { endpoint, region: 'us-east-1', credentials },
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
