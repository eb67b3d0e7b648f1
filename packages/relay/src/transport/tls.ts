import { readFile } from 'node:fs/promises';
import type { TlsOptions } from 'node:tls';

/** What a relay shows its clients and expects of them; all as PEM. */
export interface TlsMaterial {
  /** The server's certificate, with what leads to its root. */
  readonly certificate: string;
  readonly key: string;
  /** Clients need a certificate of one of these authorities; without it none is asked for. */
  readonly clientAuthorities?: string;
}

/** Where a relay gets its material from. */
export interface TlsSource {
  /** Called when the relay starts to listen, and every `tlsReloadMillis` after that. */
  read(): Promise<TlsMaterial>;
  /** Told when later material cannot be read or used: connections get what was good before. */
  onFailure(reason: string): void;
}

/** Where the material lies. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly clientAuthoritiesFile?: string;
}

const HANDSHAKE_MILLIS = 10_000;
/** Seconds in which a client that comes back saves the signatures; a storm of reconnecting proxies is mostly these. */
const RESUMPTION_SECONDS = 3_600;

/** Options of Node's TLS server: TLS 1.2 or later, HTTP/2 and nothing else. */
export function secureOptions({ certificate, key, clientAuthorities }: TlsMaterial): TlsOptions {
  const client = clientAuthorities === undefined ? {} : { ca: clientAuthorities, requestCert: true, rejectUnauthorized: true };
  return {
    cert: certificate,
    key,
    ...client,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_MILLIS,
    sessionTimeout: RESUMPTION_SECONDS,
  };
}

/** Reads the material anew with every call, so that files replaced by rename are taken up. @throws Error when a file cannot be read. */
export async function readTlsFiles(files: TlsFiles): Promise<TlsMaterial> {
  const { certificateFile, keyFile, clientAuthoritiesFile } = files;
  const [certificate, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
  if (clientAuthoritiesFile === undefined) return { certificate, key };
  return { certificate, key, clientAuthorities: await readFile(clientAuthoritiesFile, 'utf8') };
}

/** Whether nothing changed. */
export function sameMaterial(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.certificate === other.certificate && one.key === other.key && one.clientAuthorities === other.clientAuthorities;
}
