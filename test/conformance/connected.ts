import { afterAll, beforeAll, expect } from 'vitest';
import { type Output, type ResourceOutput, resourceIn, type StockClient, StockClientError } from './clients/client.ts';
import { type System, startSystem } from './system.ts';

/** A system of its own and a stock client of it, for all tests of a file or `describe`. */
export interface Connected {
  readonly system: System;
  readonly client: StockClient;
  call(operation: string, input: object): Promise<Output>;
  /** The one resource in an operation's answer. */
  resource(operation: string, input: object): Promise<ResourceOutput>;
  /** Asserts that the client raises this exception for a call, and that its message has these words; returns the message. */
  refuses(operation: string, input: object, type: string, ...words: readonly string[]): Promise<string>;
  /** Creates what a test needs but is not about, by a plain PUT below `/v20190125/`; segments are encoded here. */
  seed(path: readonly string[], body: object): Promise<void>;
  /** How many commits a mesh has had; restarts the system. */
  generation(mesh: string): Promise<bigint>;
  /** Restarts the system; the client is a new one, too, because the system's address is. */
  restart(): Promise<void>;
}

/** Starts both before the tests of this file or `describe` and ends them after. */
export function connected(connect: (endpoint: string) => Promise<StockClient>): Connected {
  let system: System | undefined;
  let client: StockClient | undefined;
  beforeAll(async () => {
    system = await startSystem();
    client = await connect(system.apiUrl);
  });
  afterAll(async () => {
    await client?.close();
    await system?.close();
  });
  const here = <Part>(part: Part | undefined): Part => part ?? expect.fail('used before the tests began');
  const call: Connected['call'] = (operation, input) => here(client).call(operation, input);
  const reconnected = async <T>(restart: () => Promise<T>): Promise<T> => {
    await here(client).close();
    const result = await restart();
    client = await connect(here(system).apiUrl);
    return result;
  };
  return {
    get system() {
      return here(system);
    },
    get client() {
      return here(client);
    },
    call,
    resource: async (operation, input) => resourceIn(await call(operation, input)),
    async refuses(operation, input, type, ...words) {
      const error = await call(operation, input).then(
        (output) => expect.fail(`${operation} of ${JSON.stringify(input)} was accepted: ${JSON.stringify(output)}`),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(StockClientError);
      const { type: raised, message } = error as StockClientError;
      expect({ type: raised, message }).toEqual({ type, message: expect.any(String) });
      for (const word of words) expect(message).toContain(word);
      return message;
    },
    generation: (mesh) => reconnected(() => here(system).generation(mesh)),
    restart: () => reconnected(() => here(system).restart()),
    async seed(path, body) {
      const url = `${here(system).apiUrl}/v20190125/${path.map(encodeURIComponent).join('/')}`;
      const response = await fetch(url, { method: 'PUT', body: JSON.stringify(body) });
      expect(`${response.status} ${response.status === 200 ? '' : await response.text()}`).toBe('200 ');
    },
  };
}
