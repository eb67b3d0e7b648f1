import { describe, expect, test } from 'vitest';
import { checkReferences } from './gate.ts';
import type { ProxyIr } from './ir/proxy.ts';

const source = { resource: '', pointer: '' };
const chain = { kind: 'http', port: 80, statPrefix: 'egress', routeConfig: 'routes' } as const;
const listener = { kind: 'egress', name: 'listener', source, chains: [chain], awsCluster: 'aws' } as const;
const action = { kind: 'cluster', target: { cluster: 'a', port: 80 } } as const;
const route = { match: { kind: 'http', match: { prefix: '/' } }, action } as const;
const host = { name: 'host', domains: ['*'], routes: [route] };
const clusters = ['a', 'aws'].map((name) => ({ kind: 'unresolved', name, source }) as const);
const PROXY: ProxyIr = { listeners: [listener], routeConfigs: [{ name: 'routes', source, virtualHosts: [host] }], clusters };

describe('what a proxy would get', () => {
  test('passes when all it names is there, once', () => {
    expect(() => checkReferences(PROXY)).not.toThrow();
  });

  test('may have a domain, and a chain for a port, in several places', () => {
    const routeConfigs = [...PROXY.routeConfigs, ...PROXY.routeConfigs.map((config) => ({ ...config, name: 'more' }))];
    expect(() => checkReferences({ ...PROXY, routeConfigs, listeners: [listener, { ...listener, name: 'other' }] })).not.toThrow();
  });

  test.each<[string, Partial<ProxyIr>]>([
    ['there is no cluster a', { clusters: clusters.slice(1) }],
    ['there is no cluster aws', { clusters: clusters.slice(0, 1) }],
    ['there is no cluster gone', { listeners: [listener, { ...listener, name: 'other', allowAllCluster: 'gone' }] }],
    [
      'there is no cluster b',
      {
        listeners: [
          {
            ...listener,
            chains: [{ kind: 'tcp', port: 1, statPrefix: '', action: { kind: 'cluster', target: { cluster: 'b', port: 1 } } }],
          },
        ],
      },
    ],
    ['there is no route configuration routes', { routeConfigs: [] }],
    ['listener is there twice', { listeners: [listener, listener] }],
    ['a is there twice', { clusters: [...clusters, ...clusters.slice(0, 1)] }],
    ['filter chain of port 80 in listener is there twice', { listeners: [{ ...listener, chains: [chain, chain] }] }],
    ['in has no filter chain', { listeners: [listener, { kind: 'ingress', name: 'in', source, chains: [] }] }],
    [
      'domain a.local in routes is there twice',
      {
        routeConfigs: [
          {
            name: 'routes',
            source,
            virtualHosts: [
              { ...host, domains: ['a.local'] },
              { ...host, name: 'other', domains: ['*', 'A.local'] },
            ],
          },
        ],
      },
    ],
    ['host is there twice', { routeConfigs: [{ name: 'routes', source, virtualHosts: [host, host] }] }],
  ])('is refused when %s', (problem, part) => {
    expect(() => checkReferences({ ...PROXY, ...part })).toThrow(problem);
  });
});
