import { createHash } from 'node:crypto';
import { MeshError, shown } from '@meshwright/model';
import type { Call } from './operation.ts';

/** Most characters of a `clientToken`; the App Mesh API reference says 36, but App Mesh itself takes any text. */
const MAX_TOKEN_CHARACTERS = 255;

/**
 * The store's key and the body's hash for a request with a `clientToken`; undefined without one.
 * @param meaning the body as understood (unknown members dropped, null = absent): formatting and member order make no difference.
 * @throws MeshError `BadRequest` for a token that is not text of 1 to 255 characters.
 */
export function writeToken(call: Call, account: string, meaning: unknown): { readonly key: string; readonly bodyHash: string } | undefined {
  const { clientToken } = call.body;
  if (clientToken === undefined) return undefined;
  if (typeof clientToken !== 'string' || clientToken === '' || clientToken.length > MAX_TOKEN_CHARACTERS) {
    const fix = 'Send a fresh one (a UUID will do) or leave it out.';
    throw new MeshError(
      'BadRequest',
      `clientToken is ${shown(clientToken)} but must be text of 1 to ${MAX_TOKEN_CHARACTERS} characters. ${fix}`,
    );
  }
  // The account stays readable in front: keys of different accounts can never meet. The rest is hashed to bound its length.
  const request = sha256(JSON.stringify([call.path, clientToken]));
  return { key: `${account}/${call.operation}/${request}`, bodyHash: sha256(canonicalJson(meaning)) };
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_member, inner: unknown) => (isObject(inner) ? sortedMembers(inner) : inner));
}

function sortedMembers(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
