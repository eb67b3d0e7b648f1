import type { ConfiguredResource, Expressions } from './terraform.ts';

/** A block of a resource's schema, as `terraform providers schema -json` tells it. */
interface Block {
  readonly attributes?: Readonly<Record<string, { readonly optional?: boolean; readonly required?: boolean }>>;
  readonly block_types?: Readonly<Record<string, { readonly block: Block }>>;
}

/** All schemas of a provider, the part the tests read. */
export interface ProviderSchemas {
  readonly provider_schemas: Readonly<
    Record<string, { readonly [kind in 'resource_schemas' | 'data_source_schemas']: Readonly<Record<string, { readonly block: Block }>> }>
  >;
}

/** Every argument and block that users can write for App Mesh, such as `aws_appmesh_mesh.spec.egress_filter`; data sources with `data.` before. */
export function writablePaths({ provider_schemas: providers }: ProviderSchemas): readonly string[] {
  const pathsOf = (prefix: string, schemas: Readonly<Record<string, { readonly block: Block }>>) =>
    Object.entries(schemas)
      .filter(([type]) => type.startsWith('aws_appmesh_'))
      .flatMap(([type, { block }]) => pathsBelow(`${prefix}${type}`, block));
  return Object.values(providers).flatMap(({ resource_schemas, data_source_schemas }) => [
    ...pathsOf('', resource_schemas),
    ...pathsOf('data.', data_source_schemas),
  ]);
}

function pathsBelow(path: string, { attributes = {}, block_types = {} }: Block): readonly string[] {
  const writable = Object.entries(attributes).filter(([, { optional, required }]) => optional === true || required === true);
  return [
    ...writable.map(([name]) => `${path}.${name}`),
    ...Object.entries(block_types).flatMap(([name, { block }]) => [`${path}.${name}`, ...pathsBelow(`${path}.${name}`, block)]),
  ];
}

/** Every argument and block that a configuration writes, in the words of `writablePaths`. */
export function writtenPaths(resources: readonly ConfiguredResource[]): ReadonlySet<string> {
  return new Set(resources.flatMap(({ mode, type, expressions }) => writtenBelow(mode === 'data' ? `data.${type}` : type, expressions)));
}

function writtenBelow(path: string, expressions: Expressions): readonly string[] {
  return Object.entries(expressions).flatMap(([name, value]) => {
    // A block is a list with an object of expressions for each time it stands there; an argument is one object.
    const blocks: readonly Expressions[] = Array.isArray(value) ? value : [];
    return [`${path}.${name}`, ...blocks.flatMap((block) => writtenBelow(`${path}.${name}`, block))];
  });
}
