import { WITH_PORTS } from '@meshwright/model/testing';
import { ACCOUNT, type Call, type Input } from './modelRequests.ts';

/** The shortest and the longest name that the API model allows, as probes have them: what they name is there. */
const LEGAL_NAMES = ['a', 'a'.repeat(255)];

/** Name of the resources that updates are tried on; nothing names them. */
export const UPDATED = 'u';

/** Names that something is created under for one probe, and deleted after it. */
export const CREATED = 'n';

/** ARN of a mesh with two tags. */
export const TAGGED_ARN = `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/a`;

/** ARN of the mesh that is made for one probe. */
export const CREATED_ARN = `arn:aws:appmesh:us-east-1:${ACCOUNT}:mesh/${CREATED}`;

/** Kinds in the order in which they can be created, each with the member that names its parent. */
const KINDS = [
  ['VirtualNode', undefined],
  ['VirtualRouter', undefined],
  ['VirtualService', undefined],
  ['VirtualGateway', undefined],
  ['Route', 'virtualRouterName'],
  ['GatewayRoute', 'virtualGatewayName'],
] as const;

const SPECS: Readonly<Record<(typeof KINDS)[number][0], object>> = {
  VirtualNode: {},
  VirtualRouter: {},
  VirtualService: {},
  VirtualGateway: { listeners: [] },
  Route: { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } } },
  GatewayRoute: { grpcRoute: { match: {}, action: { target: { virtualService: { virtualServiceName: 'a' } } } } },
};

/** Creates what requests of the walk need to find: in meshes of the shortest and the longest name, everything of such names. */
export async function createWorld(call: Call): Promise<void> {
  const create = async (kind: string, input: Input): Promise<void> => {
    const { status, body } = await call(`Create${kind}`, input);
    if (status !== 200) throw new Error(`Create${kind} failed: ${body.message}`);
  };
  await create('Mesh', { meshName: UPDATED });
  for (const meshName of LEGAL_NAMES) {
    await create('Mesh', {
      meshName,
      tags: [
        { key: 'one', value: '' },
        { key: 'two', value: '' },
      ],
    });
    for (const [kind, parent] of KINDS) {
      for (const parentName of parent === undefined ? [undefined] : LEGAL_NAMES) {
        for (const name of [...LEGAL_NAMES, UPDATED]) {
          await create(kind, { meshName, ...(parent && { [parent]: parentName }), [nameMember(kind)]: name, spec: SPECS[kind] });
        }
      }
    }
    const listeners = [1, 65_535].map((port) => ({ portMapping: { port, protocol: 'http' } }));
    const node = { listeners, serviceDiscovery: { dns: { hostname: 'h' } } };
    await create('VirtualNode', { meshName, virtualNodeName: WITH_PORTS, spec: node });
    const spec = { provider: { virtualNode: { virtualNodeName: WITH_PORTS } } };
    await create('VirtualService', { meshName, virtualServiceName: WITH_PORTS, spec });
  }
}

/** The member that holds a resource's own name. */
export function nameMember(kind: string): string {
  return `${kind.charAt(0).toLowerCase()}${kind.slice(1)}Name`;
}
