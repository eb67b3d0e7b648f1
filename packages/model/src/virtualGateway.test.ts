import { expect, it } from 'vitest';
import { parseSpec } from './spec.ts';

const listener = (more: object = {}, port = 8080): object => ({ portMapping: { port, protocol: 'http' }, ...more });
const healthCheck = { healthyThreshold: 2, intervalMillis: 5000, protocol: 'http', timeoutMillis: 2000, unhealthyThreshold: 2 };

it('has listeners, which may be none', () => {
  expect(parseSpec('virtualGateway', { listeners: [] })).toEqual({ listeners: [] });
  expect(() => parseSpec('virtualGateway', {})).toThrow('spec.listeners is missing');
});

it("fills in the health check's port with its listener's, and nothing else", () => {
  const spec = { listeners: [listener({ healthCheck })], backendDefaults: { clientPolicy: {} }, logging: {} };
  const filled = { ...spec, listeners: [listener({ healthCheck: { ...healthCheck, port: 8080 } })] };
  expect(parseSpec('virtualGateway', spec)).toEqual(filled);
});

it('wants listeners with ports of their own, pools of their protocol, and no TCP', () => {
  const refused = (listeners: readonly object[], message: string): void =>
    expect(() => parseSpec('virtualGateway', { listeners })).toThrow(message);
  refused([listener(), listener()], 'spec.listeners[1].portMapping.port is 8080 but must differ from the ports of the other listeners');
  refused([listener({ connectionPool: { grpc: { maxRequests: 1 } } })], 'spec.listeners[0].connectionPool is ');
  refused(
    [{ portMapping: { port: 1, protocol: 'tcp' } }],
    'spec.listeners[0].portMapping.protocol is "tcp" but must be one of http, http2, grpc',
  );
});

it.each(['%NOPE%', '50% off', '%REQ%'])('refuses the access log format %s, which Envoy would', (text) => {
  const logging = (format: object): object => ({ listeners: [], logging: { accessLog: { file: { path: '/dev/stdout', format } } } });
  expect(() => parseSpec('virtualGateway', logging({ text }))).toThrow('spec.logging.accessLog.file.format.text is ');
  const json = [{ key: 'k', value: text }];
  expect(() => parseSpec('virtualGateway', logging({ json }))).toThrow('spec.logging.accessLog.file.format.json[0].value is ');
});
