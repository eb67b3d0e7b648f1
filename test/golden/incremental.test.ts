import { checkHistories } from '@meshwright/compiler/testing';
import { inject, test } from 'vitest';

const EFFORT = inject('effort');

test(
  'a mesh compiled change by change comes to what it comes to from scratch, byte for byte: 1,000 histories',
  () => checkHistories(1_000 * EFFORT),
  300_000 * EFFORT,
);
