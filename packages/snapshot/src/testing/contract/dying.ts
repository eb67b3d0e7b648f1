import { expect, it } from 'vitest';
import type { MeshSnapshot } from '../../snapshot.ts';
import type { Head, SnapshotStore } from '../../store.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, isSkipped, MESH } from './setup.ts';

interface Death {
  readonly title: string;
  readonly snapshotAt: (n: bigint) => MeshSnapshot;
  /** Whether the object the head refers to is taken away before. */
  readonly isObjectLost?: boolean;
}

const deaths: readonly Death[] = [
  { title: 'that has new content', snapshotAt: (n) => sampleSnapshot({ version: { n }, content: `${n}` }) },
  { title: 'that moves the version only', snapshotAt: (n) => sampleSnapshot({ version: { n } }) },
  { title: 'that replaces a lost object', snapshotAt: (n) => sampleSnapshot({ version: { n } }), isObjectLost: true },
];

/** Publishers that die at each thing they do, one after the other: what they leave is the head before or the head after. */
export function dying(setup: CurrentSetup): void {
  it.for(deaths)('leaves the head before or after, with its object, wherever a publisher $title dies', async (death, context) => {
    const { dying: dies, store, objects } = setup();
    if (isSkipped(dies)) return context.skip(dies.skipped);
    // The first publish dies, too: at step 0 there is no head yet.
    let head = await store.head(MESH);
    for (let step = 0, died = true; died; step++) {
      if (death.isObjectLost && head !== undefined) await objects.remove(MESH, head.latest.key);
      const { latest: parent, rev = 0n } = head ?? {};
      const snapshot = death.snapshotAt(rev + 1n);
      died = await dies(step, (other) => other.publish(snapshot, parent));
      const reopened = await setup().reopen();
      if (died) await tryAgain(reopened, snapshot, head);
      head = await headOf(reopened);
      expect(head).toMatchObject({ rev: rev + 1n, latest: { version: snapshot.version } });
      expect(await reopened.read(MESH, head.latest), `after a death at step ${step}`).toEqual(snapshot);
    }
  });
}

/** The head is the one before, or has moved to the snapshot already. */
async function tryAgain(store: SnapshotStore, snapshot: MeshSnapshot, before: Head | undefined): Promise<void> {
  const outcome = await store.publish(snapshot, before?.latest);
  const moved = { rev: (before?.rev ?? 0n) + 1n, latest: { version: snapshot.version } };
  if (outcome === 'stale') expect(await store.head(MESH)).toMatchObject(moved);
}
