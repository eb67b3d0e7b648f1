import { createServer } from 'node:net';
import { listening } from './http.ts';

/** Serves bytes as MySQL does: it speaks first, then says everything back. */
export function serveBytes(app: string, port: number): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy()).write(`hello from ${app}\n`);
    socket.pipe(socket);
  });
  return listening(server, port);
}
