import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from './errors.ts';
import { parseSpec } from './spec.ts';

const targets = { action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } };
const http = (match: object): object => ({ httpRoute: { ...targets, match } });
const listener = (more: object = {}, port = 8080): object => ({ portMapping: { port, protocol: 'http' }, ...more });
const node = (...listeners: object[]): object => ({ listeners, serviceDiscovery: { dns: { hostname: 'a.local' } } });

describe('parseSpec', () => {
  it('takes null for absent, and an absent mesh spec for an empty one', () => {
    expect(parseSpec('mesh', undefined)).toEqual({});
    expect(parseSpec('mesh', { egressFilter: null, serviceDiscovery: { ipPreference: null } })).toEqual({ serviceDiscovery: {} });
    expect(() => parseSpec('virtualNode', null)).toThrow('spec is missing');
  });

  it('keeps empty structures and lists as they are sent', () => {
    const spec = { logging: {}, backendDefaults: { clientPolicy: {} }, backends: [], listeners: [] };
    expect(parseSpec('virtualNode', spec)).toEqual(spec);
  });

  it('drops members it does not know, on every level', () => {
    const sent = JSON.parse('{"x":1,"egressFilter":{"type":"ALLOW_ALL","__proto__":{"type":"DROP_ALL"},"constructor":2}}');
    expect(JSON.stringify(parseSpec('mesh', sent))).toBe('{"egressFilter":{"type":"ALLOW_ALL"}}');
  });

  it('takes nothing from a prototype', () => {
    expect(parseSpec('mesh', Object.create({ egressFilter: { type: 'ALLOW_ALL' } }))).toEqual({});
    expect(parseSpec('mesh', JSON.parse('{"__proto__":{"egressFilter":{"type":"ALLOW_ALL"}}}'))).toEqual({});
  });

  it("fills in the health check's port with its listener's, and nothing else", () => {
    const healthCheck = { healthyThreshold: 2, intervalMillis: 5000, protocol: 'http', timeoutMillis: 2000, unhealthyThreshold: 2 };
    const ports = parseSpec('virtualNode', node(listener({ healthCheck }), listener({ healthCheck: { ...healthCheck, port: 1 } }, 9090)));
    expect(ports.listeners?.map((each) => each.healthCheck)).toEqual([
      { ...healthCheck, port: 8080 },
      { ...healthCheck, port: 1 },
    ]);
    expect(parseSpec('route', http({ prefix: '/' }))).toEqual(http({ prefix: '/' }));
  });

  it('never changes what it has parsed before, and leaves its input alone', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(json, json, (egressFilter, serviceDiscovery) => {
        const input = { egressFilter, serviceDiscovery };
        const before = JSON.stringify(input);
        const parsed = parsedOrRefused(input);
        expect(JSON.stringify(input)).toBe(before);
        if (parsed !== undefined) expect(parseSpec('mesh', parsed)).toEqual(parsed);
      }),
    );
  });
});

/** Anything but a `BadRequest` fails the test. */
function parsedOrRefused(input: unknown): object | undefined {
  try {
    return parseSpec('mesh', input);
  } catch (error) {
    if (error instanceof MeshError && error.code === 'BadRequest') return undefined;
    throw error;
  }
}

describe('a refusal', () => {
  it('names field, value, rule and fix', () => {
    const spec = { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'a', weight: 101 }] } } };
    expect(() => parseSpec('route', spec)).toThrow(
      'spec.tcpRoute.action.weightedTargets[0].weight is 101 but must be a whole number from 0 to 100: send a number in that range, without quotes.',
    );
  });

  it('tells five violations at once and counts the others', () => {
    const weightedTargets = Array(10).fill({ virtualNode: 1, weight: 1 });
    const refused = (): unknown => parseSpec('route', { tcpRoute: { action: { weightedTargets } } });
    expect(refused).toThrow(/weightedTargets\[4\].*\. 5 more not shown\.$/);
    expect(refused).not.toThrow('weightedTargets[5]');
  });

  it('shortens and escapes the value', () => {
    const hostname = `evil\r\n\u202E${'x'.repeat(100)}`;
    const refused = (): unknown => parseSpec('virtualNode', { serviceDiscovery: { dns: { hostname } } });
    expect(refused).toThrow(/is "evil\\r\\n\\u\{202e\}x{40,60}…" but must not contain CR, LF or NUL/);
  });
});

describe('rules of our own', () => {
  const refused = (kind: Parameters<typeof parseSpec>[0], spec: unknown, field: string): void =>
    expect(() => parseSpec(kind, spec)).toThrow(`${field} is `);

  it('refuses line breaks and NUL wherever Envoy would write them', () => {
    for (const char of ['\r', '\n', '\0']) {
      const bad = `a${char}b`;
      refused('route', http({ prefix: bad }), 'spec.httpRoute.match.prefix');
      refused('route', http({ path: { exact: bad } }), 'spec.httpRoute.match.path.exact');
      refused('route', http({ prefix: '/', headers: [{ name: bad }] }), 'spec.httpRoute.match.headers[0].name');
      refused(
        'route',
        http({ prefix: '/', headers: [{ name: 'h', match: { exact: bad } }] }),
        'spec.httpRoute.match.headers[0].match.exact',
      );
      refused('virtualNode', { serviceDiscovery: { dns: { hostname: bad } } }, 'spec.serviceDiscovery.dns.hostname');
      refused(
        'virtualNode',
        { backends: [{ virtualService: { virtualServiceName: bad } }] },
        'spec.backends[0].virtualService.virtualServiceName',
      );
    }
    const format = { text: '%START_TIME%\n' };
    const logging = { accessLog: { file: { path: '/dev/stdout', format } } };
    expect(parseSpec('virtualNode', { logging })).toEqual({ logging });
  });

  it.each(['', 'a', 'metrics/', '*', ' /'])('refuses the prefix %j, with which no path begins', (prefix) => {
    refused('route', http({ prefix }), 'spec.httpRoute.match.prefix');
  });

  it.each(['(?=a)', '(a)\\1', '(', '[z-a]', 'a{2000}', '((a{30}){30}){3}'])('refuses the regex %s, which Envoy would', (regex) => {
    refused('route', http({ path: { regex } }), 'spec.httpRoute.match.path.regex');
    const headers = [{ name: 'h', match: { regex } }];
    refused('route', http({ prefix: '/', headers }), 'spec.httpRoute.match.headers[0].match.regex');
    refused('route', { grpcRoute: { ...targets, match: { metadata: headers } } }, 'spec.grpcRoute.match.metadata[0].match.regex');
  });

  it.each([
    '\\x{100}',
    '[^\\x{100}]',
    '\\400',
    '\\p{LC}',
    '\\P{Cn}',
    '\\p{^Assigned}',
    '[\\p{Garay}]',
    '\\Q\\\\E\\p{Todhri}',
    '\\p{Emoji}',
  ])('refuses the regex %s, whose characters or classes Envoy does not know', (regex) => {
    refused('route', http({ path: { regex } }), 'spec.httpRoute.match.path.regex');
  });

  it.each([`${'((a{31}){31})'.repeat(18)}`, '(a{999})'.repeat(31), '(?:[ab]{500}){2}x{1000}y'])(
    'refuses %s by its length, without compiling it',
    (regex) => {
      expect(() => parseSpec('route', http({ path: { regex } }))).toThrow('its program has more than 1000 steps');
    },
  );

  // Each is within 255 characters; compiled, they would be hundreds of thousands of steps, or all ranges of Unicode many times.
  it.each([
    `(?:${'()'.repeat(122)}){1000}`,
    `(?:${'(?:)'.repeat(60)}){1000}`,
    `(?:${'|'.repeat(240)}){1000}`,
    `(?:${'\\b'.repeat(120)}){1000}`,
    `((((((${'()'.repeat(100)}){9}){9}){9}){9}){9})`,
    `(?i)${'\\pL'.repeat(80)}`,
    `(?:[\\pL\\pN]|){1000}`,
    `(?:\\pL){0,1000}`,
  ])('refuses %.40s… for the work it would be, without compiling it', (regex) => {
    expect(() => parseSpec('route', http({ path: { regex } }))).toThrow('or repeats too much that is empty');
  });

  it('refuses two kinds of route without looking into either', () => {
    const parse = (): unknown => parseSpec('route', { ...http({ path: { regex: '(' } }), grpcRoute: 7 });
    expect(parse).toThrow(/^spec is .* but must have exactly one of .*, not grpcRoute and httpRoute: keep one of them\.$/);
  });

  it('looks at no more of a list than it tells of', () => {
    const attributes = Array.from({ length: 80_000 }, () => ({}));
    const discovery = { awsCloudMap: { namespaceName: 'n', serviceName: 's', attributes } };
    expect(() => parseSpec('virtualNode', { serviceDiscovery: discovery })).toThrow(
      /attributes\[2\]\.key is missing .* 15 more not shown\.$/,
    );
  });

  it('refuses a list by its length, whatever is in it', () => {
    const parse = (): unknown => parseSpec('route', http({ prefix: '/', headers: Array.from({ length: 900 }, () => ({ name: 7 })) }));
    expect(parse).toThrow(/^spec\.httpRoute\.match\.headers is .* but must have 1 to 10 items, not 900: add or remove some\.$/);
  });

  it('counts a regex as Envoy does: bytes, and the ranges of classes', () => {
    expect(parseSpec('route', http({ path: { regex: '(?:😀){200}' } }))).toBeDefined();
    refused('route', http({ path: { regex: '(?:😀){300}' } }), 'spec.httpRoute.match.path.regex');
    refused('route', http({ path: { regex: '(?:[acegikmo]{30}){30}' } }), 'spec.httpRoute.match.path.regex');
  });

  it.each([
    '\\x{FF}',
    '\\377',
    '\\\\x{100}',
    '\\Q\\x{100}\\p{LC}\\E',
    '\\pL\\PN\\p{^Lu}',
    '[日-本]',
    '[ü-ÿ]',
    '/a/.*',
    '(?i)a|b',
    '\\d{3}-\\w+',
    '[[:alpha:]]+',
    '^/v[12]/(?:x|y)$',
    '\\p{Greek}',
  ])('takes the regex %s', (regex) => {
    expect(parseSpec('route', http({ path: { regex } }))).toEqual(http({ path: { regex } }));
  });

  it('wants exactly one kind of route, and a prefix or a path', () => {
    refused('route', {}, 'spec');
    refused('route', { priority: 1 }, 'spec');
    refused('route', { ...http({ prefix: '/' }), tcpRoute: targets }, 'spec');
    refused('route', http({ method: 'GET' }), 'spec.httpRoute.match');
    refused('route', http({ path: {} }), 'spec.httpRoute.match.path');
    expect(parseSpec('route', http({ prefix: '/', path: { exact: '/a' } }))).toEqual(http({ prefix: '/', path: { exact: '/a' } }));
  });

  it('wants a range to end after its start, a query match to say what, and a method to have a service', () => {
    const header = (range: object): object => http({ prefix: '/', headers: [{ name: 'h', match: { range } }] });
    refused('route', header({ start: 1, end: 1 }), 'spec.httpRoute.match.headers[0].match.range.end');
    expect(parseSpec('route', header({ start: -2, end: -1 }))).toEqual(header({ start: -2, end: -1 }));
    refused(
      'route',
      http({ prefix: '/', queryParameters: [{ name: 'q', match: {} }] }),
      'spec.httpRoute.match.queryParameters[0].match.exact',
    );
    refused('route', http({ prefix: '/', queryParameters: [{ name: 'é'.repeat(513) }] }), 'spec.httpRoute.match.queryParameters[0].name');
    refused('route', { grpcRoute: { ...targets, match: { methodName: 'm' } } }, 'spec.grpcRoute.match.serviceName');
  });

  it('wants listeners to be reachable: service discovery, ports of their own, pools of their protocol', () => {
    refused('virtualNode', { listeners: [listener()] }, 'spec.serviceDiscovery');
    refused('virtualNode', node(listener(), listener()), 'spec.listeners[1].portMapping.port');
    refused('virtualRouter', { listeners: [listener(), listener()] }, 'spec.listeners[1].portMapping.port');
    refused('virtualNode', node(listener({ connectionPool: { http2: { maxRequests: 1 } } })), 'spec.listeners[0].connectionPool');
  });
});
