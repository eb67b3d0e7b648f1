import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { ATTEMPTS } from '../app/script.ts';
import type { Answer, CallAsk, Seen } from '../ask.ts';

/** Makes a unary call, on a channel of its own. */
export async function askCall({ target, path, headers = {}, authority }: CallAsk, patienceMillis: number): Promise<Partial<Answer>> {
  const client = new Client(target, credentials.createInsecure(), {
    'grpc.enable_retries': 0, // the mesh's are what is looked at
    ...(authority !== undefined && { 'grpc.default_authority': authority }),
  });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const asIs = (bytes: Buffer) => bytes;
  const { promise, resolve } = Promise.withResolvers<Partial<Answer>>();
  let answer: Partial<Answer> = {};
  const call = client.makeUnaryRequest(
    path,
    asIs,
    asIs,
    Buffer.alloc(0),
    metadata,
    { deadline: Date.now() + patienceMillis },
    (error: ServiceError | null, bytes?: Buffer) => {
      if (error === null && bytes !== undefined) answer = { saw: JSON.parse(bytes.toString()) as Seen };
    },
  );
  call.on('status', ({ code, metadata: trailers }) => {
    const app = trailers.get('x-app')[0]?.toString();
    const told = app === undefined ? {} : { app, attempts: Number(trailers.get(ATTEMPTS)[0]) };
    // The callback comes after this event.
    setImmediate(() => resolve({ ...answer, ...told, status: code ?? status.UNKNOWN }));
  });
  return promise.finally(() => client.close());
}
