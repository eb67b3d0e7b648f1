import { checkHistories } from '@meshwright/compiler/testing';
import { inject, test } from 'vitest';

const EFFORT = inject('effort');
const HISTORIES = 1_000 * EFFORT;

test(
  `a mesh compiled change by change comes to what it comes to from scratch, byte for byte: ${HISTORIES} histories`,
  () => checkHistories(HISTORIES),
  300_000 * EFFORT,
);
