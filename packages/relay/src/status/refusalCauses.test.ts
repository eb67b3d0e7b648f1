import { CLUSTER_TYPE, ENDPOINT_TYPE, encode, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import { type PartKind, partSourceKey, type Source } from '@meshwright/snapshot';
import { describe, expect, it } from 'vitest';
import { ResourceSet } from '../resourceSet.ts';
import { refusalCauses, refusalText, refusedContents } from './refusalCauses.ts';

const source = (resource: string, pointer = ''): Source => ({ resource, pointer });
const setOf = (typeUrl: string, contents: Readonly<Record<string, Uint8Array>>): ResourceSet =>
  ResourceSet.of(
    typeUrl,
    Object.entries(contents).map(([name, bytes]) => ({ name, version: name, bytes })),
  );
const nothing = new Uint8Array();

describe('clusters and listeners', () => {
  const sent = setOf(CLUSTER_TYPE, { a_http_80: nothing, a_http_8080: nothing, 'cds-a_http_80': nothing });
  const sources = new Map(
    [...sent.resources.keys()].map((name) => [`${CLUSTER_TYPE}/${name}`, source(`virtualNode/${name}`, '/listeners/0')]),
  );
  const named = (message: string) => refusalCauses(message, sent, sources).map(({ envoyName }) => envoyName);

  it('are those whose whole names Envoy’s words have', () => {
    expect(named('Error adding/updating cluster(s) a_http_8080: malformed IP address: x')).toEqual(['a_http_8080']);
    expect(named('Error adding/updating cluster(s) a_http_80: no, a_http_8080: no')).toEqual(['a_http_80', 'a_http_8080']);
    expect(named('Error adding/updating cluster(s) cds-a_http_80: no')).toEqual(['cds-a_http_80']);
    expect(named('something else is wrong')).toEqual([]);
  });

  it('have their place in the mesh', () => {
    expect(refusalCauses('cluster a_http_80', sent, sources)).toEqual([
      { envoyName: 'a_http_80', resource: 'virtualNode/a_http_80', pointer: '/listeners/0' },
    ]);
    expect(refusalCauses('cluster a_http_80', setOf(CLUSTER_TYPE, { a_http_80: nothing }), new Map())).toEqual([]);
  });

  it('are whatever was sent, when that was one', () => {
    const one = setOf(LISTENER_TYPE, { lds: nothing });
    const of = new Map([[`${LISTENER_TYPE}/lds`, source('virtualNode/a', '/listeners')]]);
    expect(refusalCauses('no', one, of)).toEqual([{ envoyName: 'lds', resource: 'virtualNode/a', pointer: '/listeners' }]);
  });

  it('are eight at most', () => {
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    const many = setOf(CLUSTER_TYPE, Object.fromEntries(names.map((name) => [name, nothing])));
    const of = new Map(names.map((name) => [`${CLUSTER_TYPE}/${name}`, source('virtualNode/a')]));
    expect(refusalCauses(names.join(', '), many, of)).toHaveLength(8);
  });
});

describe('routes', () => {
  const configuration = (parent: string): Uint8Array =>
    encode(RouteConfigurationSchema, {
      name: 'rds',
      virtualHosts: [
        { name: 'a.local', domains: ['a.local', 'c.local'], routes: [route(`${parent}/fine`, '/fine')] },
        { name: 'b.local', domains: ['b.local'], routes: [route(`${parent}/good`, '/good'), route(`${parent}/bad`, '/users/(open')] },
        { name: 'plain', domains: ['d.local'], routes: [route('', '/plain(')] },
        { name: 'default_backend', domains: ['*', 'c.local'] },
      ],
    });
  const route = (name: string, regex: string) =>
    ({ name, match: { pathSpecifier: { case: 'safeRegex', value: { regex } } }, action: { case: 'route', value: {} } }) as const;
  const part = (kind: PartKind, name: string, resource: string) =>
    [partSourceKey(ROUTE_TYPE, 'rds', kind, name), source(resource)] as const;
  const sources = new Map([
    [`${ROUTE_TYPE}/rds`, source('virtualNode/a', '/backends')],
    part('virtualHosts', 'a.local', 'virtualService/a.local'),
    part('virtualHosts', 'plain', 'virtualService/named.otherwise'),
    part('routes', 'router/good', 'virtualRouter/router/route/good'),
    part('routes', 'router/bad', 'virtualRouter/router/route/bad'),
    part('routes', 'entry/bad', 'virtualGateway/entry/gatewayRoute/bad'),
  ]);
  const causes = (message: string, parent = 'router') => refusalCauses(message, setOf(ROUTE_TYPE, { rds: configuration(parent) }), sources);
  const bad = { envoyName: 'router/bad', resource: 'virtualRouter/router/route/bad', pointer: '' };

  it('are found by what Envoy quotes', () => {
    expect(causes('missing ): /users/(open')).toEqual([bad]);
  });

  it('are found by where Envoy counts to', () => {
    const path = 'RouteConfigurationValidationError.VirtualHosts[1]: embedded | caused by VirtualHostValidationError.Routes[1]: embedded';
    expect(causes(path)).toEqual([bad]);
    expect(causes('X.VirtualHosts[0]: embedded | caused by VirtualHostValidationError.Domains[3]: no')).toEqual([
      { envoyName: 'a.local', resource: 'virtualService/a.local', pointer: '' },
    ]);
  });

  it('are whatever the sources say of their names', () => {
    expect(causes('missing ): /users/(open', 'entry')).toEqual([
      { envoyName: 'entry/bad', resource: 'virtualGateway/entry/gatewayRoute/bad', pointer: '' },
    ]);
  });

  it('are what their virtual host is where no resource stands behind a route', () => {
    expect(causes('missing ): /plain(')).toEqual([{ envoyName: 'plain', resource: 'virtualService/named.otherwise', pointer: '' }]);
  });

  it('are the virtual hosts that claim a domain, and none that stands for no resource', () => {
    expect(causes('Duplicate entry of domain c.local in route rds').map(({ resource }) => resource)).toEqual(['virtualService/a.local']);
  });

  it('are the whole configuration where Envoy’s words have nothing of one', () => {
    const whole = { envoyName: 'rds', resource: 'virtualNode/a', pointer: '/backends' };
    expect(causes('Sum of weights in the weighted_cluster must be greater than 0.')).toEqual([whole]);
    expect(causes('missing ): /users/(open', 'a/router')).toEqual([whole]);
  });
});

describe('refused content', () => {
  const sent = setOf(CLUSTER_TYPE, { a: nothing, b: nothing, c: nothing });
  const accepted = setOf(CLUSTER_TYPE, { a: nothing });

  it('is what Envoy’s words name of what was new, else all that was', () => {
    expect(refusedContents('cluster b: no', sent, accepted)).toEqual([{ name: 'b', hash: 'b' }]);
    expect(refusedContents('no', sent, accepted).map(({ name }) => name)).toEqual(['b', 'c']);
    expect(refusedContents('cluster a: no', sent, accepted).map(({ name }) => name)).toEqual(['b', 'c']);
    expect(refusedContents('cluster a: no', sent, undefined)).toEqual([{ name: 'a', hash: 'a' }]);
  });

  it('is not told where it may be any of more than eight, nor of endpoints', () => {
    const names = Array.from({ length: 9 }, (_, index) => [`c${index}`, nothing]);
    expect(refusedContents('no', setOf(CLUSTER_TYPE, Object.fromEntries(names)), undefined)).toEqual([]);
    expect(refusedContents('no', setOf(ENDPOINT_TYPE, { a: nothing }), undefined)).toEqual([]);
  });
});

describe('a refusal’s text', () => {
  it('is the reason alone where Envoy prints the resource before it', () => {
    const dump = `goo.gle/debugonly  \nname: "rds"\n${'x'.repeat(10_000)}\n: Proto constraint validation failed (Routes[1]: no)`;
    expect(refusalText(dump)).toBe('Proto constraint validation failed (Routes[1]: no)');
    expect(refusalText('goo.gle/debugonly something else')).toBe('goo.gle/debugonly something else');
  });

  it('is cut', () => {
    expect(refusalText('x'.repeat(5_000))).toHaveLength(4_097);
    expect(refusalText('no\n')).toBe('no');
  });
});
