import { afterEach, beforeEach, describe } from 'vitest';
import { chains } from './contract/chains.ts';
import { damage } from './contract/damage.ts';
import { dying } from './contract/dying.ts';
import { holding } from './contract/holding.ts';
import { interleavings } from './contract/interleavings.ts';
import { publishing } from './contract/publishing.ts';
import { racing } from './contract/racing.ts';
import { reopening } from './contract/reopening.ts';
import type { SnapshotStoreSetup } from './contract/setup.ts';
import { unchanged } from './contract/unchanged.ts';
import { watching } from './contract/watching.ts';

/** How much of the contract's random part is run. */
export interface ContractOptions {
  /** Random histories, times the effort of the run. Default 20. */
  readonly histories?: number;
}

/** What every `SnapshotStore` does; each adapter runs all of it with a `make` that answers an empty store. */
export function snapshotStoreContract(
  name: string,
  make: () => Promise<SnapshotStoreSetup>,
  { histories = 20 }: ContractOptions = {},
): void {
  describe(`SnapshotStore contract: ${name}`, () => {
    let setup: SnapshotStoreSetup;
    beforeEach(async () => {
      setup = await make();
    });
    afterEach(() => setup.close());
    const current = (): SnapshotStoreSetup => setup;
    publishing(current);
    racing(current);
    unchanged(current);
    holding(current);
    damage(current);
    chains(current);
    watching(current);
    reopening(current);
    dying(current);
    interleavings(make, histories);
  });
}
