import type { Head, HeldResource, Published } from './store.ts';
import { SnapshotUnreadable } from './unreadable.ts';
import { formatVersion, parseVersion } from './version.ts';

/** Number of the head file's format; raised by a change that older readers cannot read. */
const HEAD_FORMAT = 1;

/** Writes a head as JSON, for people too. */
export function encodeHead({ mesh, rev, latest, serving, parent, held }: Head): Uint8Array {
  const head = { format: HEAD_FORMAT, mesh, rev: `${rev}`, latest: written(latest), serving: written(serving), parent, held };
  return Buffer.from(`${JSON.stringify(head, undefined, 2)}\n`);
}

function written({ version, key, content }: Published): object {
  return { version: formatVersion(version), key, content };
}

/**
 * Reads what `encodeHead` wrote.
 * @param path of the file, for the error.
 * @throws SnapshotUnreadable when it is anything else, or of a newer format.
 */
export function decodeHead(bytes: Uint8Array, path: string): Head {
  try {
    const head = JSON.parse(Buffer.from(bytes).toString()) as Readonly<Record<string, unknown>>;
    if (head.format !== HEAD_FORMAT) {
      throw new SnapshotUnreadable(
        path,
        'otherFormat',
        `format ${head.format}, this build reads ${HEAD_FORMAT}. Start the build that wrote it.`,
      );
    }
    const parent = head.parent;
    return {
      mesh: text(head.mesh),
      rev: BigInt(text(head.rev)),
      latest: published(head.latest),
      serving: published(head.serving),
      ...(parent === undefined ? {} : { parent: text(parent) }),
      ...(head.held === undefined ? {} : { held: (head.held as readonly unknown[]).map(heldResource) }),
    };
  } catch (cause) {
    if (cause instanceof SnapshotUnreadable) throw cause;
    throw new SnapshotUnreadable(
      path,
      'corrupt',
      'no head can be read from it. Delete its folder: the mesh is then published again from the store.',
      {
        cause,
      },
    );
  }
}

function published(value: unknown): Published {
  const { version: writtenVersion, key, content } = value as Readonly<Record<string, unknown>>;
  const version = parseVersion(text(writtenVersion));
  if (version === undefined) throw new TypeError(`${writtenVersion} is not <epoch>.<n>.<build>`);
  return { version, key: text(key), content: text(content) };
}

function heldResource(value: unknown): HeldResource {
  const { typeUrl, name, hash } = value as Readonly<Record<string, unknown>>;
  return { typeUrl: text(typeUrl), name: text(name), hash: text(hash) };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${value} is not a string`);
  return value;
}
