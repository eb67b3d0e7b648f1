import type { Ref } from '@meshwright/model';

const PATH =
  /^(?<kind>virtualNode|virtualService|virtualRouter|virtualGateway)\/(?<name>.+?)(?:\/(?<child>route|gatewayRoute)\/(?<own>.+))?$/s;

/** The resource that an ARN path below a mesh names, such as `virtualRouter/r/route/a`; undefined when it names none. */
export function refOf(mesh: string, path: string): Ref | undefined {
  if (path === '') return { kind: 'mesh', mesh, name: mesh };
  const { kind, name, child, own } = PATH.exec(path)?.groups ?? {};
  if (name === undefined) return undefined;
  if (kind === 'virtualRouter' && child === 'route' && own !== undefined) return { kind: 'route', mesh, parent: name, name: own };
  if (kind === 'virtualGateway' && child === 'gatewayRoute' && own !== undefined)
    return { kind: 'gatewayRoute', mesh, parent: name, name: own };
  return {
    kind: kind as 'virtualNode' | 'virtualService' | 'virtualRouter' | 'virtualGateway',
    mesh,
    name: path.slice(path.indexOf('/') + 1),
  };
}
