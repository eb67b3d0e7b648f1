import { SAMPLE_NODE_ID } from './sample.ts';
import type { LocalServer } from './server.ts';

/** What an Envoy may be started as. */
export interface ReadyLinesOptions {
  readonly region: string;
  /** Whether the sample mesh is there, whose node the last line then names; the names stand open otherwise. */
  readonly hasSample: boolean;
}

/** What `start` prints when all serve: that it is ready, and three lines to copy (AWS CLI, Terraform, Envoy). */
export function readyLines({ apiUrl, xdsPort }: Pick<LocalServer, 'apiUrl' | 'xdsPort'>, options: ReadyLinesOptions): readonly string[] {
  // A local control plane checks no signature, but without any credentials the CLI does not even ask.
  const credentials = 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local';
  const node = options.hasSample ? SAMPLE_NODE_ID : 'mesh/MESH/virtualNode/NAME';
  return [
    `ready api=${apiUrl} xds=127.0.0.1:${xdsPort}`,
    `${credentials} aws appmesh list-meshes --region ${options.region} --endpoint-url ${apiUrl}`,
    `endpoints { appmesh = "${apiUrl}" }`,
    // Without a base id of its own a second Envoy of this machine does not start.
    `npx meshwright bootstrap --node ${node} --xds 127.0.0.1:${xdsPort} > envoy.json && envoy -c envoy.json --use-dynamic-base-id`,
  ];
}
