import { envoyBootstrap } from './bootstrap.ts';
import { SAMPLE_NODE_ID } from './sample.ts';
import type { LocalServer } from './server.ts';

/** What `start` prints when all serve: that it is ready, and three lines to copy (AWS CLI, Terraform, Envoy). */
export function readyLines({ apiUrl, xdsPort }: LocalServer, region: string): readonly string[] {
  // A local control plane checks no signature, but without any credentials the CLI does not even ask.
  const credentials = 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local';
  const bootstrap = envoyBootstrap({ nodeId: SAMPLE_NODE_ID, xdsHost: '127.0.0.1', xdsPort });
  return [
    `ready api=${apiUrl} xds=127.0.0.1:${xdsPort}`,
    `${credentials} aws appmesh list-meshes --region ${region} --endpoint-url ${apiUrl}`,
    `endpoints { appmesh = "${apiUrl}" }`,
    // Without a base id of its own a second Envoy of this machine does not start.
    `envoy --use-dynamic-base-id --config-yaml '${JSON.stringify(bootstrap)}'`,
  ];
}
