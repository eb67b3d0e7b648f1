import { nodeIdFault, type Quotas, quotaProfiles } from '@meshwright/model';
import { InvalidArgumentError } from 'commander';

/** Reads a TCP port. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 (any free one) to 65535.');
  return port;
}

/** Reads an account id. */
export function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('An account id has 12 digits.');
  return text;
}

/** Reads a region name. */
export function parseRegion(text: string): string {
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(text)) throw new InvalidArgumentError('A region looks like us-east-1.');
  return text;
}

/** Reads `host:port`; an IPv6 address stands in brackets. */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } {
  const { host, address, port } = /^(?:\[(?<address>[\da-fA-F:.]+)\]|(?<host>[^\s:[\]]+)):(?<port>\d+)$/.exec(text)?.groups ?? {};
  const name = address ?? host;
  if (name === undefined || port === undefined) throw new InvalidArgumentError('Write host:port, such as 127.0.0.1:18000.');
  return { host: name, port: parsePort(port) };
}

/** Reads a host name, one more beside those before. */
export function parseHost(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^(?:[\w-]+\.)*[\w-]+$|^\[[\da-fA-F:.]+\]$/.test(text)) {
    throw new InvalidArgumentError('Write a host name or address without a port, such as mesh.example.com.');
  }
  return [...before, text];
}

/** Reads a proxy's node id in one of the two spellings App Mesh's Envoys use. */
export function parseNode(text: string): string {
  const fault = nodeIdFault(text);
  if (fault !== undefined) throw new InvalidArgumentError(fault);
  return text;
}

/** Reads `NAME=NUMBER`, one quota laid over the ones before. */
export function parseQuota(text: string, before: Partial<Quotas> = {}): Partial<Quotas> {
  const { name = '', number = '' } = /^(?<name>[^=]*)=(?<number>.*)$/s.exec(text)?.groups ?? {};
  const names = Object.keys(quotaProfiles.generous);
  if (!names.includes(name)) throw new InvalidArgumentError(`Write NAME=NUMBER; the names are ${names.join(', ')}.`);
  if (!/^\d{1,9}$/.test(number)) throw new InvalidArgumentError(`${name} is a whole number from 0 (none at all) to 999999999.`);
  return { ...before, [name]: Number(number) };
}

/** Reads how many nodes may refuse content; undefined: any number. */
export function parseIdentities(text: string): number | undefined {
  if (text === 'off') return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Write a whole number of nodes from 1 to 999999, or off.');
  return Number(text);
}

/** Reads which share of the nodes may refuse content; undefined: all of them. */
export function parseShare(text: string): number | undefined {
  if (text === 'off') return undefined;
  const share = Number(text);
  if (!/^[\d.]+$/.test(text) || !(share > 0 && share <= 1))
    throw new InvalidArgumentError('Write a share above 0, up to 1, such as 0.1, or off.');
  return share;
}

/** Reads how many days the log is kept; at most a century, as a date must stay one. */
export function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > 36_500) throw new InvalidArgumentError('Write a whole number of days from 1 to 36500.');
  return days;
}

/** The partition a region belongs to, by AWS's naming. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
