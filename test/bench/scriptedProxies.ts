// Scripted proxies in a process of their own, so that their work is not the control plane's: told by message whom to play, ends with its parent.
import { ScriptedProxy } from './scriptedProxy.ts';

/** What this process is told, once. */
export interface ProxiesToPlay {
  readonly target: string;
  readonly nodeIds: readonly string[];
}

process.once('message', (message) => {
  const { target, nodeIds } = message as ProxiesToPlay;
  for (const nodeId of nodeIds) {
    new ScriptedProxy(target, nodeId, (error) => {
      throw error;
    });
  }
});
process.once('disconnect', () => process.exit());
