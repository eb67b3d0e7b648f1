import { beforeEach } from 'vitest';

/** Tests of this file or `describe` are steps that build on each other, in the order they are written: once one fails, those behind it are skipped and say why. */
export function inSteps(): void {
  let failed: string | undefined;
  beforeEach(({ task, skip, onTestFailed }) => {
    skip(failed !== undefined, `the step "${failed}" before it failed`);
    onTestFailed(() => {
      failed = task.name;
    });
  });
}
