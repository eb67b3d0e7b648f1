import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

// Certificates made by hand, so that tests need no program for it and can write names that no program would.

const SEQUENCE = 0x30;
const SET = 0x31;
const OID_COMMON_NAME = '550403';
const OID_ALTERNATIVE_NAME = '551d11';
const OID_BASIC_CONSTRAINTS = '551d13';
const OID_ECDSA_SHA256 = '2a8648ce3d040302';
const VALID_FROM = '20200101000000Z';
const VALID_UNTIL = '20990101000000Z';

/** A certificate with its key, both as PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of a test's own. */
export interface TestAuthority {
  readonly certificate: string;
  issue(names: { readonly dns?: string; readonly uris?: readonly (string | Uint8Array)[] }): TestCertificate;
}

/** Makes an authority that did not exist before. */
export function makeAuthority(name = 'authority'): TestAuthority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = der(SEQUENCE, der(0x01, Buffer.from([0xff])));
  const certificate = signed({
    issuer: name,
    subject: name,
    publicKey,
    signer: privateKey,
    extension: [OID_BASIC_CONSTRAINTS, isAuthority],
  });
  return {
    certificate,
    issue({ dns, uris = [] }) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = [...(dns === undefined ? [] : [der(0x82, Buffer.from(dns))]), ...uris.map((uri) => der(0x86, Buffer.from(uri)))];
      const extension = [OID_ALTERNATIVE_NAME, der(SEQUENCE, ...names)] as const;
      return {
        certificate: signed({ issuer: name, subject: 'leaf', publicKey: own.publicKey, signer: privateKey, extension }),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

interface ToSign {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extension: readonly [oid: string, value: Buffer];
}

let serial = 0;

function signed({ issuer, subject, publicKey, signer, extension: [id, value] }: ToSign): string {
  serial += 1;
  const algorithm = der(SEQUENCE, oid(OID_ECDSA_SHA256));
  const toBeSigned = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([0x40, Math.floor(serial / 256), serial % 256])),
    algorithm,
    nameOf(issuer),
    der(SEQUENCE, der(0x18, Buffer.from(VALID_FROM)), der(0x18, Buffer.from(VALID_UNTIL))),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, oid(id), der(0x04, value)))),
  );
  const signature = sign('sha256', toBeSigned, signer);
  const certificate = der(SEQUENCE, toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function nameOf(text: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid(OID_COMMON_NAME), der(0x0c, Buffer.from(text)))));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}
