import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ATTEMPTS, type Script } from './script.ts';

/** Services and their methods; all take any bytes and answer JSON. */
const SERVICES = { 'shop.Cart': ['Add', 'List'], 'shop.CartAdmin': ['Add'], 'shop.Stock': ['Get'] } as const;

/** Serves gRPC; resolves when it listens. */
export async function serveCalls(app: string, port: number, script: Script): Promise<void> {
  const server = new Server();
  for (const [service, methods] of Object.entries(SERVICES)) server.addService(...definition(service, methods, app, script));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`[::]:${port}`, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)));
  });
}

function definition(
  service: string,
  methods: readonly string[],
  app: string,
  script: Script,
): [ServiceDefinition, UntypedServiceImplementation] {
  const asIs = (bytes: Buffer) => bytes;
  const bytes = { requestStream: false, responseStream: false, requestSerialize: asIs, requestDeserialize: asIs } as const;
  const rows = methods.map((method) => {
    const path = `/${service}/${method}`;
    return [method, { path, ...bytes, responseSerialize: asIs, responseDeserialize: asIs }] as const;
  });
  const handlers = rows.map(([method, { path }]) => [method, answer(app, path, script)] as const);
  return [Object.fromEntries(rows), Object.fromEntries(handlers)];
}

function answer(app: string, path: string, script: Script): handleUnaryCall<Buffer, Buffer> {
  return async ({ metadata }, done) => {
    const { attempts, failure } = await script.turn((name) => metadata.get(name)[0]?.toString());
    const trailers = new Metadata();
    trailers.set('x-app', app);
    trailers.set(ATTEMPTS, `${attempts}`);
    if (failure !== undefined) done({ code: Number(failure), details: 'as asked', metadata: trailers });
    else done(null, Buffer.from(JSON.stringify({ app, protocol: 'gRPC', path, headers: metadata.getMap() })), trailers);
  };
}
