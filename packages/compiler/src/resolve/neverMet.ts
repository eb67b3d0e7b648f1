import { type Finding, quoted } from '../diagnostics.ts';
import { isIpv6Address } from '../ir/discoveryName.ts';

// Conditions that are legal and that no request meets. A route that has one is left out, which changes nothing but what Envoys hold.

type NeverMet = Omit<Finding, 'code' | 'severity'>;

const SLASH = 'begin it with /, as every path does';

/** Why no request has a path that is, or begins with, this text. */
export function pathNeverMet(text: string): NeverMet | undefined {
  // The one request target that is no path: `OPTIONS *`.
  if (text === '*') return undefined;
  if (!text.startsWith('/')) return never(`no path is or begins with ${quoted(text)}`, SLASH);
  if (text.includes('?')) return never('a path has no ?', 'end it before the ?, and match the query with queryParameters');
  return text.includes('#') ? never('a path has no #: clients keep what follows it', 'end it before the #') : undefined;
}

/** Why no request has a path that this expression takes, as far as its first characters tell: it must take the whole path. */
export function expressionNeverMet(regex: string): NeverMet | undefined {
  // A letter or digit that is not optional, in an expression without alternatives.
  const isText = /^\^?[A-Za-z\d](?![*?{])/.test(regex) && !regex.includes('|');
  return isText
    ? never(`an expression takes the whole path, and no path begins with "${regex.replace('^', '').charAt(0)}"`, SLASH)
    : undefined;
}

/** Why no request names this host. */
export function hostNeverMet(host: string): NeverMet | undefined {
  return isHost(host, isBracketed) ? undefined : never(`no request names the host ${quoted(host)}`, HOST_FORM);
}

/** Why no request names a host that ends so. */
export function hostEndNeverMet(end: string): NeverMet | undefined {
  return isHost(end, isBracketedEnd) ? undefined : never(`no request names a host that ends in ${quoted(end)}`, HOST_FORM);
}

const HOST_FORM = 'write host or host:port, and IPv6 addresses in brackets, as clients send them: [::1] or [::1]:8080';
const MAX_PORT = 65_535;

function isHost(text: string, isIpv6: (host: string) => boolean): boolean {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/s.exec(text) ?? [];
  if (port !== undefined && (host === '' || Number(port) > MAX_PORT)) return false;
  return isIpv6(host) || !/[:/?#@[\]]/.test(host);
}

function isBracketed(host: string): boolean {
  const address = /^\[(.*)\]$/.exec(host)?.[1];
  return address !== undefined && isIpv6Address(address);
}

function isBracketedEnd(end: string): boolean {
  return /^\[?[\da-f:.]*\]$/i.test(end);
}

function never(why: string, fix: string): NeverMet {
  return { message: `This route never takes a request, and is left out: ${why}.`, fix };
}
