// node client.ts < {asks, together}   Makes requests by stock clients, and writes what came of each as JSON.
import { json } from 'node:stream/consumers';
import type { Answer, Ask } from './ask.ts';
import { askBytes } from './client/bytes.ts';
import { askCall } from './client/call.ts';
import { askHttp, askHttp2 } from './client/http.ts';
import { askSecret } from './client/secret.ts';
import { askWebSocket } from './client/webSocket.ts';

/** Longer than the longest time limit a mesh has unless told, 15 s. */
const PATIENCE_MILLIS = 40_000;

function kindOf(ask: Ask): Promise<Partial<Answer>> {
  const signal = AbortSignal.timeout(PATIENCE_MILLIS);
  switch (ask.kind) {
    case 'http':
      return askHttp(ask, signal);
    case 'http2':
      return askHttp2(ask, signal);
    case 'grpc':
      return askCall(ask, PATIENCE_MILLIS);
    case 'tcp':
      return askBytes(ask, signal);
    case 'webSocket':
      return askWebSocket(ask, signal);
    case 'tls':
      return askSecret(ask, signal);
  }
}

let ended = 0;
async function answered(ask: Ask): Promise<Answer> {
  const start = performance.now();
  const answer = await kindOf(ask).catch((error: NodeJS.ErrnoException) => ({ error: error.code ?? error.message }));
  return { ...answer, ended: ended++, millis: performance.now() - start };
}

const { asks, together } = (await json(process.stdin)) as { readonly asks: readonly Ask[]; readonly together: boolean };
const answers: Answer[] = [];
if (together) answers.push(...(await Promise.all(asks.map(answered))));
else for (const ask of asks) answers.push(await answered(ask));
process.stdout.write(JSON.stringify(answers), () => process.exit());
