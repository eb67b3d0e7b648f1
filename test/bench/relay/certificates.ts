import { join } from 'node:path';
import { CommandFailed, run } from '../../process/run.ts';
import { MeasurementFailed } from '../benchmark.ts';

/** Files of an authority and of the two it vouches for. */
export interface TlsFolder {
  readonly authority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** The name that the server's certificate is for. */
export const SERVER_NAME = 'localhost';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** Makes certificates for mutual TLS into a folder. @throws MeasurementFailed without openssl. */
export async function makeCertificates(folder: string): Promise<TlsFolder> {
  const file = (name: string): string => join(folder, name);
  const authority = file('authority.pem');
  const make = (name: string, ...more: readonly string[]): Promise<string> =>
    run([
      'openssl',
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.pem`),
      '-subj',
      `/CN=${name}`,
      ...more,
    ]);
  const leaf = ['-CA', authority, '-CAkey', file('authority.key'), '-addext', 'basicConstraints=critical,CA:FALSE'];
  try {
    await make('authority');
    await make('server', ...leaf, '-addext', `subjectAltName=DNS:${SERVER_NAME}`);
    await make('client', ...leaf);
  } catch (cause) {
    if (cause instanceof CommandFailed) throw new MeasurementFailed(`no certificates for mutual TLS. ${cause.message}`, { cause });
    throw cause;
  }
  return {
    authority,
    serverCertificate: file('server.pem'),
    serverKey: file('server.key'),
    clientCertificate: file('client.pem'),
    clientKey: file('client.key'),
  };
}
