import { connect } from 'node:net';
import type { Answer, BytesAsk } from '../ask.ts';

const ECHO = 'ping\n';

/** Connects, waits to be greeted, and says something that comes back. */
export async function askBytes({ host, port, waitForEnd = false }: BytesAsk, signal: AbortSignal): Promise<Partial<Answer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Partial<Answer>>();
  const socket = connect({ host, port, signal });
  let received = '';
  const answer = () => {
    const [, app, said = ''] = /^hello from (\w+)\n(.*)/.exec(received) ?? [];
    return app === undefined ? {} : { app, saw: { said } };
  };
  socket.setEncoding('utf8').on('error', reject);
  socket.on('data', (text: string) => {
    received += text;
    if (waitForEnd) return;
    if (received.endsWith(ECHO)) resolve(answer());
    else if (received.endsWith('\n')) socket.write(ECHO);
  });
  socket.on('close', () => (waitForEnd ? resolve(answer()) : reject(new Error('closed'))));
  return promise.finally(() => socket.destroy());
}
