#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBootstrapCommand } from './commands/bootstrap.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Exit code of every command for what it does not understand; 1 is for what it understood and could not do, or found wrong. */
const MISUNDERSTOOD = 2;

const program = new Command('meshwright')
  .description('An open control plane for Envoy meshes: App Mesh API in, xDS out.')
  .version(version)
  // One line per mistake, the suggestion included.
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`) })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : MISUNDERSTOOD));
// Settings are inherited by commands that are added after them.
addStartCommand(program);
addBootstrapCommand(program);
addStatusCommand(program);

await program.parseAsync();
