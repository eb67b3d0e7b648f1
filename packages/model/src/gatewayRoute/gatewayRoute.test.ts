import { describe, expect, it } from 'vitest';
import { parseSpec } from '../spec.ts';

const action = { target: { virtualService: { virtualServiceName: 's.local' } } };
const http = (match: object, rewrite?: object): object => ({ httpRoute: { match, action: { ...action, ...(rewrite && { rewrite }) } } });
const grpc = (match: object): object => ({ grpcRoute: { match, action } });
const inFull = (spec: object): void => expect(parseSpec('gatewayRoute', spec)).toEqual(spec);
const refused = (spec: object, message: string): void => expect(() => parseSpec('gatewayRoute', spec)).toThrow(message);

describe('what a gateway route takes', () => {
  it.each([
    { prefix: '/' },
    { path: { exact: '/a' } },
    { path: { regex: '/a.*' } },
    { hostname: { exact: 'www.example.com' } },
    { hostname: { suffix: '.example.com' }, prefix: '/a' },
  ])('may be %j', (match) => {
    inFull(http(match));
    inFull({ http2Route: { match, action }, priority: 0 });
  });

  it('has a prefix, a path or a hostname, but not both prefix and path', () => {
    refused(http({ method: 'GET' }), 'spec.httpRoute.match is {"method":"GET"} but must have prefix, path or hostname: add prefix "/"');
    refused(http({ prefix: '/', path: { exact: '/' } }), 'but must not have both prefix and path: keep one of them');
  });

  it('names a host by all of it or by its end', () => {
    refused(http({ hostname: {} }), 'spec.httpRoute.match.hostname is {} but must have exactly one of exact, suffix');
    refused(http({ hostname: { exact: 'a', suffix: 'b' } }), 'but must have exactly one of exact, suffix');
  });

  it.each(['*.example.com', 'www.*', '*', 'a b', ' ', 'a\tb'])('names no host %j', (name) => {
    refused(http({ hostname: { exact: name } }), 'spec.httpRoute.match.hostname.exact is ');
    refused(grpc({ hostname: { suffix: name } }), 'spec.grpcRoute.match.hostname.suffix is ');
  });

  it.each(['/aws-appmesh', '/aws-appmesh/x', '/aws-app-mesh', '/aws-app-mesh-x'])('leaves the prefix %s to App Mesh', (prefix) => {
    refused(http({ prefix }), 'but must not begin with /aws-appmesh or /aws-app-mesh');
  });

  it.each(['aws.app-mesh', 'aws.app-mesh.Envoy', '/aws.app-mesh', 'aws.appmesh'])('leaves the service %s to App Mesh', (serviceName) => {
    refused(grpc({ serviceName }), 'but must not begin with aws.app-mesh, nor be aws.appmesh');
  });

  it.each(['/aws', '/aws-apps', '/x/aws-appmesh'])('may have the prefix %s', (prefix) => inFull(http({ prefix })));
  it.each(['aws.apps', 'aws.appmeshes.Service', 'x.aws.appmesh'])('may have the service %s', (serviceName) =>
    inFull(grpc({ serviceName })),
  );

  it('may be every call', () => inFull(grpc({})));
});

describe('a rewrite', () => {
  it.each([
    {},
    { prefix: {} },
    { hostname: {} },
    { path: {} },
    { prefix: { value: '/' } },
    { prefix: { value: '/a/b/' } },
    { prefix: { defaultPrefix: 'DISABLED' }, hostname: { defaultTargetHostname: 'DISABLED' } },
    { path: { exact: '/a' }, hostname: { defaultTargetHostname: 'ENABLED' } },
  ])('may be %j', (rewrite) => inFull(http({ hostname: { exact: 'h' } }, rewrite)));

  it('is of the prefix or of the path', () => {
    refused(
      http({ prefix: '/' }, { prefix: {}, path: {} }),
      'spec.httpRoute.action.rewrite is {"path":{},"prefix":{}} but must not have both path and prefix',
    );
  });

  it('of the prefix has a value, or switches the default', () => {
    const prefix = { defaultPrefix: 'ENABLED', value: '/a/' };
    refused(
      http({ prefix: '/' }, { prefix }),
      'spec.httpRoute.action.rewrite.prefix is {"defaultPrefix":"ENABLED","value":"/a/"} but must not have both',
    );
  });

  it.each(['a', '/a', 'a/'])('to the prefix %s is refused', (value) => {
    refused(http({ prefix: '/' }, { prefix: { value } }), `rewrite.prefix.value is "${value}" but must begin and end with /`);
  });

  it.each(['\r', '\n', '\0'])('has no %j in it, as no host and prefix has', (char) => {
    const bad = `/a${char}b/`;
    const end = 'but must not contain CR, LF or NUL';
    refused(http({ prefix: bad }), end);
    refused(http({ hostname: { exact: bad } }), end);
    refused(http({ hostname: { suffix: bad } }), end);
    refused(http({ prefix: '/' }, { prefix: { value: bad } }), end);
    refused(http({ path: { exact: '/' } }, { path: { exact: bad } }), end);
    refused(grpc({ serviceName: bad }), end);
    refused(grpc({ metadata: [{ name: 'm', match: { suffix: bad } }] }), end);
  });
});

it('is of exactly one kind', () => {
  refused({}, 'spec is {} but must have exactly one of grpcRoute, http2Route, httpRoute');
  refused({ priority: 1 }, 'but must have exactly one of');
  refused({ ...http({ prefix: '/' }), ...grpc({}) }, 'but must have exactly one of');
});
