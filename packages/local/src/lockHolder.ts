import { readFileSync, statSync } from 'node:fs';

/** A line of `/proc/locks` that stands for a lock that is held: `1: POSIX  ADVISORY  WRITE 4711 fe:00:10158562 …`. */
const HELD = /^\d+: \S+\s+\S+\s+WRITE (?<pid>\d+) [\da-f]+:[\da-f]+:(?<inode>\d+) /gm;

/** Which process has locked a file; undefined where the system does not tell: outside of Linux, or when it is in another container. */
export function lockHolder(path: string): number | undefined {
  try {
    const { ino } = statSync(path);
    const held = [...readFileSync('/proc/locks', 'utf8').matchAll(HELD)].find(({ groups }) => groups?.inode === `${ino}`);
    const pid = Number(held?.groups?.pid ?? 0);
    return pid > 0 ? pid : undefined;
  } catch {
    // Who it is helps people; that it is in use they are told all the same.
    return undefined;
  }
}
