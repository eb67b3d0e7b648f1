import * as fc from 'fast-check';

// What nodes' and gateways' proxies are told besides where to listen and whom to reach: every member of it, and few values of each.
const optional = { requiredKeys: [] };
const port = fc.constantFrom(80, 443, 8080);
const file = fc.constantFrom('/certs/a.pem', '/certs/b.pem');
const fileCertificate = fc.record({ certificateChain: file, privateKey: file }).map((certificate) => ({ file: certificate }));
const sds = fc.constantFrom('a', 'b').map((secretName) => ({ sds: { secretName } }));
const fileTrust = file.map((certificateChain) => ({ file: { certificateChain } }));
const arn = fc.constantFrom('a', 'b').map((id) => `arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/${id}`);
const acmTrust = fc.array(arn, { minLength: 1, maxLength: 2 }).map((certificateAuthorityArns) => ({ acm: { certificateAuthorityArns } }));
const subjectAlternativeNames = fc
  .array(fc.constantFrom('a.local', '*.local', 'spiffe://a/b'), { maxLength: 2 })
  .map((exact) => ({ match: { exact } }));

/** How a proxy talks to those it calls. */
export const clientPolicy = fc.record(
  {
    tls: fc.record(
      {
        certificate: fc.oneof(fileCertificate, sds),
        enforce: fc.boolean(),
        ports: fc.array(port, { maxLength: 2 }),
        validation: fc.record(
          { subjectAlternativeNames, trust: fc.oneof(acmTrust, fileTrust, sds) },
          {
            requiredKeys: ['trust'],
          },
        ),
      },
      { requiredKeys: ['validation'] },
    ),
  },
  optional,
);

/** The policy for all of them that have none of their own. */
export const backendDefaults = fc.record({ clientPolicy }, optional);

const listenerTls = fc.record(
  {
    certificate: fc.oneof(
      arn.map((certificateArn) => ({ acm: { certificateArn } })),
      fileCertificate,
      sds,
    ),
    mode: fc.constantFrom('STRICT', 'PERMISSIVE', 'DISABLED'),
    validation: fc.record({ subjectAlternativeNames, trust: fc.oneof(fileTrust, sds) }, { requiredKeys: ['trust'] }),
  },
  { requiredKeys: ['certificate', 'mode'] },
);

const format = fc.oneof(
  fc.constantFrom('%START_TIME%', '%REQ(:PATH)% %RESPONSE_CODE%').map((text) => ({ text })),
  fc.array(fc.record({ key: fc.constantFrom('a', 'b'), value: fc.constant('%DURATION%') }), { maxLength: 2 }).map((json) => ({ json })),
);
const accessLog = fc
  .record({ format, path: fc.constantFrom('/dev/stdout', '/tmp/log') }, { requiredKeys: ['path'] })
  .map((log) => ({ file: log }));

/** What a proxy writes down. */
export const logging = fc.record({ accessLog }, optional);

const count = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const threshold = fc.integer({ min: 2, max: 10 });
const healthCheckOf = (protocols: readonly string[]) =>
  fc.record(
    {
      healthyThreshold: threshold,
      intervalMillis: fc.integer({ min: 5000, max: 300_000 }),
      path: fc.constantFrom('/', '/healthy?a=b'),
      port,
      protocol: fc.constantFrom(...protocols),
      timeoutMillis: fc.integer({ min: 2000, max: 60_000 }),
      unhealthyThreshold: threshold,
    },
    { requiredKeys: ['healthyThreshold', 'intervalMillis', 'protocol', 'timeoutMillis', 'unhealthyThreshold'] },
  );
const duration = fc.record({ unit: fc.constantFrom('s', 'ms'), value: fc.nat() });
const outlierDetection = fc.record({
  baseEjectionDuration: duration,
  interval: duration,
  maxEjectionPercent: fc.nat({ max: 100 }),
  maxServerErrors: fc.integer({ min: 1 }),
});
const pool = fc.record({ most: count, maxPendingRequests: count }, { requiredKeys: ['most'] });
type Pool = typeof pool extends fc.Arbitrary<infer T> ? T : never;

/** A listener's port and protocol. */
export interface Mapping {
  readonly portMapping: { readonly port: number; readonly protocol: string };
}

/** What a node may say of a listener besides its port and time limits. */
export function onNodeListener(mapping: Mapping): fc.Arbitrary<object> {
  const healthCheck = healthCheckOf(['http', 'http2', 'tcp', 'grpc']);
  return fc.record({ tls: listenerTls, healthCheck, outlierDetection, connectionPool: poolOf(mapping) }, optional);
}

/** What a gateway may say of a listener besides its port. */
export function onGatewayListener(mapping: Mapping): fc.Arbitrary<object> {
  const healthCheck = healthCheckOf(['http', 'http2', 'grpc']);
  return fc.record({ tls: listenerTls, healthCheck, connectionPool: poolOf(mapping) }, optional);
}

function poolOf({ portMapping: { protocol } }: Mapping): fc.Arbitrary<object> {
  return pool.map((of) => ({ [protocol]: limitsOf(protocol, of) }));
}

function limitsOf(protocol: string, { most, ...pending }: Pool): object {
  if (protocol === 'http') return { maxConnections: most, ...pending };
  return protocol === 'tcp' ? { maxConnections: most } : { maxRequests: most };
}
