import type { TestProject } from 'vitest/node';
import { available } from '../netns/available.ts';
import { whyNoPrivateNetwork } from '../netns/privateNetwork.ts';
import { whyNoGoClient } from '../relay/goClient/program.ts';
import { PartMissing, say } from './cache.ts';
import { whyNoDynamoDbLocal } from './dynamoDbLocal.ts';
import { dynamoDbLibrary, envoyBinary, motoCommand, pythonTools } from './parts.ts';
import type { Missing } from './requires.ts';
import { findTerraform } from './terraform.ts';

/** vitest calls it once before the tests that need real parts: downloads do not count against a test's time. */
export async function setup(project: TestProject): Promise<void> {
  const missing = await findMissing();
  project.provide('missing', missing);
  const dynamoDb = 'DynamoDB Local' in missing ? [] : [dynamoDbLibrary()];
  // A part that cannot be had fails the tests that use it, and only these.
  for (const { reason } of (await Promise.allSettled([envoyBinary(), pythonTools(), motoCommand(), ...dynamoDb])).filter(
    ({ status }) => status === 'rejected',
  ) as PromiseRejectedResult[]) {
    if (!(reason instanceof PartMissing)) throw reason;
    say(reason.message);
  }
}

/** Tries what tests will do: that a tool is there says little about what a container lets it do. */
async function findMissing(): Promise<Missing> {
  const [network, topology, terraform, dynamoDb, goClient] = await Promise.all([
    whyNoPrivateNetwork(),
    available(process.env.IPTABLES),
    findTerraform(process.env),
    whyNoDynamoDbLocal(process.env),
    whyNoGoClient(),
  ]);
  return {
    ...(process.getuid?.() === 0 ? {} : { root: 'not root' }),
    ...(network === undefined ? {} : { 'private network': `no private network: ${network}` }),
    ...(topology.kind === 'available' ? {} : { topology: topology.reason }),
    ...(dynamoDb === undefined ? {} : { 'DynamoDB Local': dynamoDb }),
    ...(goClient === undefined ? {} : { 'Go client': goClient }),
    ...('reason' in terraform ? { terraform: terraform.reason } : {}),
  };
}
