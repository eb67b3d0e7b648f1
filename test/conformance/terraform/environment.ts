import { tmpdir } from 'node:os';
import { AWS_SETTINGS } from '../clients/client.ts';

/** All that Terraform and its provider see of this machine: nobody's settings, and no call for a newer release. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...AWS_SETTINGS,
  PATH: process.env.PATH ?? '',
  HOME: tmpdir(),
  TMPDIR: tmpdir(),
  CHECKPOINT_DISABLE: '1',
  TF_CLI_CONFIG_FILE: '/dev/null',
  TF_IN_AUTOMATION: '1',
  TF_INPUT: '0',
  // Both are Go programs that read large schemas once: collecting garbage would take a fifth of their time.
  GOGC: '400',
};
