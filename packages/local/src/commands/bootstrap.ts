import { type Command, Option } from 'commander';
import { envoyBootstrap } from '../bootstrap.ts';
import { parseHostPort, parseNode, parsePort } from './flags.ts';

interface BootstrapFlags {
  readonly node: string;
  readonly xds: ReturnType<typeof parseHostPort>;
  readonly sotw?: true;
  readonly adminPort: number;
}

/** Where `start` serves xDS unless told otherwise. */
const RELAY = '127.0.0.1:18000';

/** Adds `bootstrap`, which prints what an Envoy is started with. */
export function addBootstrapCommand(program: Command): void {
  program
    .command('bootstrap')
    .description("print a stock Envoy's bootstrap as JSON, for `envoy -c FILE`")
    .requiredOption('--node <id>', 'which proxy: mesh/MESH/virtualNode/NODE, mesh/MESH/virtualGateway/GATEWAY, or its ARN', parseNode)
    .addOption(new Option('--xds <host:port>', 'where the relay is').argParser(parseHostPort).default(parseHostPort(RELAY), RELAY))
    .option('--sotw', 'state-of-the-world protocol instead of delta')
    .option('--admin-port <port>', "port of Envoy's admin page, on 127.0.0.1", parsePort, 9901)
    .action(({ node, xds, sotw, adminPort }: BootstrapFlags) => {
      const protocol = sotw ? 'sotw' : 'delta';
      const bootstrap = envoyBootstrap({ nodeId: node, xdsHost: xds.host, xdsPort: xds.port, protocol, adminPort });
      process.stdout.write(`${JSON.stringify(bootstrap, null, 2)}\n`);
    });
}
