import { connect } from 'node:tls';
import { SHARED_KEY } from '../app/secret.ts';
import type { Answer, SecretAsk } from '../ask.ts';

/** Makes a TLS handshake, and reads who answered. */
export async function askSecret({ host, port, serverName }: SecretAsk, signal: AbortSignal): Promise<Partial<Answer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Partial<Answer>>();
  const { ciphers, maxVersion, key } = SHARED_KEY;
  const socket = connect({
    host,
    port,
    ciphers,
    maxVersion,
    pskCallback: () => ({ psk: key, identity: 'client' }),
    checkServerIdentity: () => undefined,
    ...(serverName !== undefined && { servername: serverName }),
  });
  signal.addEventListener('abort', () => socket.destroy(new Error('no answer')), { once: true });
  socket.setEncoding('utf8').on('error', reject);
  socket.on('close', () => reject(new Error('closed')));
  socket.once('data', (text: string) => {
    const [app = '', said = ''] = text.trim().split(' ');
    resolve({ app, saw: { said } });
  });
  return promise.finally(() => socket.destroy());
}
