#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBootstrapCommand } from './commands/bootstrap.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const program = new Command('meshwright')
  .description('An open control plane for Envoy meshes: App Mesh API in, xDS out.')
  .version(version)
  // One line per mistake, the suggestion included.
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`) });
// Settings are inherited by commands that are added after them.
addStartCommand(program);
addBootstrapCommand(program);
addStatusCommand(program);

await program.parseAsync();
