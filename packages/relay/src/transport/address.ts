import type { Socket } from 'node:net';

/** @throws TypeError when it is neither `host:port` nor `unix:/path`. */
export function parseAddress(address: string): { readonly path: string } | { readonly host: string; readonly port: number } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length).replace(/^\/\/(?=\/)/, '') };
  const [, host, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)?.filter((part) => part !== undefined) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw new TypeError(`address ${JSON.stringify(address)} is neither host:port nor unix:/path; write 127.0.0.1:0 for any free port`);
  }
  return { host, port: Number(port) };
}

/** Where a connection comes from: `host:port`; `unix:` for a unix socket, which has no address. */
export function addressOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'unix:' : `${remoteAddress}:${remotePort}`;
}
