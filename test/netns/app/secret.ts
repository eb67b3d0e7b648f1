import { createServer } from 'node:tls';
import { listening } from './http.ts';

/** TLS by a key both sides know needs no certificate, so that none has to be kept or made; the names in its handshake are as ever. */
export const SHARED_KEY = {
  ciphers: 'PSK',
  maxVersion: 'TLSv1.2',
  key: Buffer.from('no secret: it is in the repository'),
} as const;

/** Serves TLS; says who answered and which server name it was asked for. */
export function serveSecret(app: string, port: number): Promise<void> {
  const { ciphers, maxVersion, key } = SHARED_KEY;
  const server = createServer({ ciphers, maxVersion, pskCallback: () => key }, (socket) => {
    socket.on('error', () => socket.destroy()).end(`${app} ${socket.servername || 'nobody'}\n`);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return listening(server, port);
}
