// What can be known of a discovery name without asking DNS: whether it can be looked up at all, and whether it leads every proxy to
// its own host.

/** A name in DNS has at most 253 characters, each label at most 63 (RFC 1035, section 2.3.4). */
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/** Whether a discovery name is an IP address, which is not looked up. */
export function isIpAddress(hostname: string): boolean {
  return isIpv4(hostname) || isIpv6Address(hostname);
}

/** Whether a discovery name is an IPv6 address. */
export function isIpv6Address(hostname: string): boolean {
  return ipv6(hostname) !== undefined;
}

/** The name without the dot that says that it is complete. */
export function withoutLastDot(hostname: string): string {
  return hostname.replace(/\.$/, '');
}

/** Why a discovery name leads nowhere; undefined for an address, and for a name that DNS may know. */
export function nameProblem(written: string): string | undefined {
  const hostname = withoutLastDot(written);
  if (isIpAddress(hostname)) return undefined;
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(hostname)) return 'it is a URL, not a host name';
  if (/^[^:]*:\d*$/.test(hostname)) return 'it has a port, which the listener says';
  if (hostname.includes(':')) return 'it is no IPv6 address, which is written without brackets and port';
  const labels = hostname.split('.');
  if (labels.includes('')) return 'it has an empty label';
  if (!/^[\w.-]+$/.test(hostname)) return 'it has characters other than letters, digits, hyphens and underscores';
  if (hostname.length > MAX_NAME_LENGTH) return `it has more than ${MAX_NAME_LENGTH} characters`;
  if (labels.some(({ length }) => length > MAX_LABEL_LENGTH)) return `it has a label of more than ${MAX_LABEL_LENGTH} characters`;
  if (labels.length > 1 && /^\d+$/.test(labels.at(-1) ?? '')) return 'it ends in a number and is no IPv4 address';
  return undefined;
}

/** Whether a discovery name leads whoever uses it to the host it runs on: loopback, or no address in particular. */
export function leadsToItself(written: string): boolean {
  const hostname = withoutLastDot(written).toLowerCase();
  // Resolvers answer these themselves (RFC 6761, section 6.3).
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  if (isIpv4(hostname)) return isOwnIpv4(hostname.split('.').map(Number));
  const address = ipv6(hostname);
  if (address === '::1' || address === '::') return true;
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(address ?? '') ?? [];
  if (high === undefined || low === undefined) return false;
  const bytes = [high, low].map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
  return isOwnIpv4(bytes);
}

function isOwnIpv4(bytes: readonly number[]): boolean {
  return bytes[0] === 127 || bytes.every((byte) => byte === 0);
}

const OCTET = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** No leading zeros: some read such numbers as octal, and resolvers take them for a name. */
function isIpv4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet));
}

/** An IPv6 address in its shortest form, without its zone; undefined when it is none. */
function ipv6(text: string): string | undefined {
  const [address = '', zone] = text.split('%', 2);
  if (!/^[\da-f:.]*$/i.test(address) || !address.includes(':') || zone === '') return undefined;
  const url = URL.parse(`http://[${address}]/`);
  return url?.hostname.slice(1, -1);
}
