import { type Finding, quoted } from '../diagnostics.ts';
import { isIpv6Address } from '../ir/discoveryName.ts';
import { normalisedPath } from '../ir/requestPath.ts';
import { isHostText, isPathText } from '../ir/requestText.ts';

// Conditions that are legal and that no request meets. A route that has one is left out, which changes nothing but what Envoys hold.

type NeverMet = Omit<Finding, 'code' | 'severity'>;

const SLASH = 'begin it with /, as every path does';

/** Why no request has this path. */
export function pathNeverMet(path: string): NeverMet | undefined {
  // The one request target that is no path: `OPTIONS *`.
  if (path === '*') return undefined;
  return textNeverMet(path) ?? (isPlain(path) || normalisedPath(withDotsKept(path)) === path ? undefined : notNormal(path));
}

/** Why no request has a path that begins so. */
export function prefixNeverMet(prefix: string): NeverMet | undefined {
  // A dot or a percent sign at its end means something only with what follows.
  const isMet = isPlain(prefix) || ['', 'x'].some((rest) => normalisedPath(withDotsKept(prefix) + rest)?.startsWith(prefix));
  return textNeverMet(prefix) ?? (isMet ? undefined : notNormal(prefix));
}

/** Envoy's bound on the head of a request is 60 KiB (`max_request_headers_kb`): what is longer, and prefixes may be, is not worth the time. */
const MAX_JUDGED = 61_440;

/** Whether there is nothing in a path that Envoy could change, seen at a glance; of a very long one it is taken for granted. */
function isPlain(text: string): boolean {
  return text.length > MAX_JUDGED || !/[%\\"<>^`{|}]|\/[/.]/.test(text);
}

function textNeverMet(text: string): NeverMet | undefined {
  if (!text.startsWith('/')) return never(`no path is or begins with ${quoted(text)}`, SLASH);
  if (text.includes('?')) return never('a path has no ?', 'end it before the ?, and match the query with queryParameters');
  if (text.includes('#')) return never('a path has no #: clients keep what follows it', 'end it before the #');
  if (isPathText(text)) return undefined;
  return never('a path has no spaces, no control characters and nothing beyond ASCII', 'percent-encode it as clients do, such as %20');
}

/** As a client would have to send it: `/..;x/` loses what follows its dots, and `/%2e%2e;x/` does not and becomes that. */
function withDotsKept(text: string): string {
  return text.replaceAll(/(?<=\/)\.{1,2}(?=;)/g, (dots) => dots.replaceAll('.', '%2e'));
}

function notNormal(text: string): NeverMet {
  const normal = normalisedPath(text);
  if (normal === undefined) return never('no path has %00', 'remove it');
  return never(`paths are compared in their normal form, and that of ${quoted(text)} is ${quoted(normal)}`, `write ${quoted(normal)}`);
}

/** Why no request that a route could take has this method. */
export function methodNeverMet(method: string): NeverMet | undefined {
  return method === 'CONNECT' ? never('a CONNECT request has no path, and routes are chosen by it', 'match another method') : undefined;
}

const PSEUDO_HEADERS: ReadonlySet<string> = new Set([':authority', ':method', ':path', ':protocol', ':scheme']);

/** Why no request has a header of this name. */
export function headerNeverMet(name: string): NeverMet | undefined {
  // A token of RFC 9110, section 5.6.2.
  if (/^[\w!#$%&'*+\-.^`|~]+$/.test(name) || PSEUDO_HEADERS.has(name.toLowerCase())) return undefined;
  return never(`no header may have the name ${quoted(name)}`, 'write the name of one header, without spaces and colon');
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
  if (!isHostText(text)) return false;
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
