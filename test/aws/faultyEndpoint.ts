import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What becomes of one request on its way to DynamoDB. */
export type Fault =
  | 'none'
  /** The connection breaks, and DynamoDB never hears of it. */
  | 'cutBefore'
  /** DynamoDB does what it is asked, and the connection breaks before its answer comes back. */
  | 'cutAfter'
  /** DynamoDB never hears of it, and nobody ever answers. */
  | 'silence'
  /** DynamoDB never hears of it; an error it documents is answered in its place. */
  | { readonly status: number; readonly error: string; readonly reasons?: readonly string[] }
  /** DynamoDB does what it is asked, and another answer than its own comes back. */
  | { readonly status: number; readonly error: string; readonly after: true };

/** A way to DynamoDB that breaks on demand. */
export interface FaultyEndpoint extends AsyncDisposable {
  readonly endpoint: string;
  /** Lets the next requests of an operation, such as `TransactWriteItems`, meet these faults, one each. */
  failNext(operation: string, ...faults: readonly Fault[]): void;
  /** How often an operation was asked for since the start. */
  asked(operation: string): number;
}

/** Starts a server in front of a DynamoDB. */
export async function faultyEndpoint(target: string): Promise<FaultyEndpoint> {
  const planned = new Map<string, Fault[]>();
  const asked = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    asked.set(operation, (asked.get(operation) ?? 0) + 1);
    const body = await buffer(incoming);
    const fault = planned.get(operation)?.shift();
    if (fault === 'silence') return;
    if (fault === 'cutBefore') return void outgoing.destroy();
    if (typeof fault === 'object' && !('after' in fault)) return answerError(outgoing, fault);
    const answer = await forward(target, incoming, body);
    if (fault === 'cutAfter') return void outgoing.destroy();
    if (typeof fault === 'object') return answerError(outgoing, fault);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failNext: (operation, ...faults) => void planned.set(operation, [...(planned.get(operation) ?? []), ...faults]),
    asked: (operation) => asked.get(operation) ?? 0,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  const outgoing = request(new URL(url ?? '/', target), { method: method ?? 'POST', headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await buffer(answer) };
}

function answerError(response: ServerResponse, fault: Exclude<Fault, string>): void {
  const reasons = 'reasons' in fault && fault.reasons ? { CancellationReasons: fault.reasons.map((Code) => ({ Code })) } : {};
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${fault.error}`, message: 'A test asked for it.', ...reasons });
  response.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
}
