import type { Answer, WebSocketAsk } from '../ask.ts';

const ECHO = 'ping';

/** Opens a WebSocket, waits to be greeted, and says something that comes back. */
export async function askWebSocket({ url }: WebSocketAsk, signal: AbortSignal): Promise<Partial<Answer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Partial<Answer>>();
  const socket = new WebSocket(url);
  const received: string[] = [];
  socket.addEventListener('message', ({ data }) => {
    received.push(String(data));
    if (received.length === 1) socket.send(ECHO);
    const [greeting = '', said] = received;
    const [app = '', path = ''] = greeting.split(' ');
    if (said !== undefined) resolve({ app, saw: { path, said } });
  });
  socket.addEventListener('close', ({ code }) => reject(new Error(`closed with ${code}`)));
  signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
  return promise.finally(() => socket.close());
}
