import type { X509Certificate } from 'node:crypto';

/** What a client's certificate says of who it is. */
export type CertificateUri =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly uri: string }
  /** Several URIs, or one that no issuer of workload identities would write. */
  | { readonly kind: 'odd' };

const MARK = 'URI:';
/** Longest SPIFFE ID. @see https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md */
const MOST_URI = 2_048;
/** Printable ASCII without space, quotes, comma and backslash: what the listing of names below cannot be misread for. */
const PLAIN_URI = /^[!#-&(-+\--[\]-~]+$/;

/**
 * Takes the URI out of a certificate's subject alternative names. Node lists these from the DER itself, and quotes those that
 * could be taken for several: anything quoted is odd.
 */
export function certificateUriOf(certificate: X509Certificate | undefined): CertificateUri {
  const listed = certificate?.subjectAltName;
  if (listed === undefined || !listed.includes(MARK)) return { kind: 'none' };
  if (listed.includes('"')) return { kind: 'odd' };
  const uris = listed.split(', ').filter((name) => name.startsWith(MARK));
  const [uri = ''] = uris.map((name) => name.slice(MARK.length));
  return uris.length === 1 && uri.length <= MOST_URI && PLAIN_URI.test(uri) ? { kind: 'one', uri } : { kind: 'odd' };
}
