import { type Finding, pointer, quoted, type Report } from '../../diagnostics.ts';
import { normalisedPath } from '../../ir/requestPath.ts';
import { isHostText, isPathText } from '../../ir/requestText.ts';
import { type GatewayRouteResource, keepsHost, targetName } from './gatewayRoutes.ts';

/** What a rewrite would make of requests that the second pass does not take, and where that is written. */
interface RewriteProblem {
  readonly pointer: string;
  readonly why: string;
  readonly fix: string;
}

/**
 * Tells of what a gateway route would make of requests that its own second pass does not take; answers whether there is any. Sent on
 * all the same, one such request over HTTP/2 would end the connection between the passes, and all other requests on it.
 */
export function reportRewriteProblems(entry: GatewayRouteResource, report: Report): boolean {
  const problems = [...hostProblems(entry), ...pathProblems(entry)];
  for (const { why, ...rest } of problems) {
    const finding: Finding = {
      code: 'invalid-rewrite',
      severity: 'error',
      message: `Requests that match this gateway route are answered 503: ${why}.`,
      fix: rest.fix,
    };
    report({ ...finding, ref: entry.resource.ref, pointer: rest.pointer });
  }
  return problems.length > 0;
}

function hostProblems(entry: GatewayRouteResource): readonly RewriteProblem[] {
  const name = targetName(entry);
  const isHost = isHostText(name) && (entry.protocol === 'http' || !name.includes('@'));
  if (keepsHost(entry) || isHost) return [];
  return [
    {
      pointer: pointer(entry.kind, 'action', 'target', 'virtualService', 'virtualServiceName'),
      why: `their host would become ${quoted(name)}, which no request may have`,
      fix: 'give the virtual service a host name, such as orders.apps.local, or keep hosts with rewrite.hostname.defaultTargetHostname DISABLED',
    },
  ];
}

function pathProblems(entry: GatewayRouteResource): readonly RewriteProblem[] {
  if (entry.kind === 'grpcRoute') return [];
  const { path, prefix } = entry.route.action.rewrite ?? {};
  const problems: RewriteProblem[] = [];
  const add = (text: string | undefined, ...place: readonly string[]): void => {
    const problem = text === undefined ? undefined : pathProblem(text, entry.protocol);
    if (problem !== undefined) {
      const why = `their path would become ${quoted(text ?? '')}, which ${problem}`;
      problems.push({ pointer: pointer(entry.kind, 'action', 'rewrite', ...place), why, fix: PATH_FORM });
    }
  };
  add(path?.exact, 'path', 'exact');
  // Without a prefix that matched there is none to rewrite.
  if (entry.route.match.prefix !== undefined) add(prefix?.value, 'prefix', 'value');
  return problems;
}

const PATH_FORM = 'begin it with /, percent-encode spaces and what is not ASCII, and leave out # and %00';

/** A `?` begins a query, which may be wanted. */
function pathProblem(text: string, protocol: 'http' | 'http2'): string | undefined {
  if (!text.startsWith('/')) return 'does not begin with /';
  if (text.includes('#')) return 'has a fragment, which only clients know';
  // Over HTTP/2 Envoy encodes what is beyond ASCII by itself.
  const ascii = protocol === 'http' ? text : text.replaceAll(/[\u0080-\u{10ffff}]/gu, '');
  if (!isPathText(ascii)) return 'has a character that must be percent-encoded';
  return normalisedPath(text) === undefined ? 'has %00, which no path may have' : undefined;
}
