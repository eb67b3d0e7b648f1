import type { SessionSummary } from '@meshwright/snapshot';
import type { Call, Method } from './method.ts';
import type { Outlet } from './outlet.ts';
import type { Authenticate, NodeInfo } from './ports.ts';
import {
  type ClientStatusRequest,
  decodeClientStatusRequest,
  encodeClientStatusResponse,
  type NodeIdMatcher,
  UnknownMatcher,
} from './status/csdsWire.ts';
import { Malformed } from './wire/reader.ts';
import { decodeNode } from './wire/requests.ts';

const SERVICE = 'envoy.service.status.v3.ClientStatusDiscoveryService';
/** Most sessions of one answer: clients take 4 MiB unless told otherwise, and a session with its refusals may have 20 KB. */
const MOST_SESSIONS = 200;
/** Answers are for operators beside the relay: node ids and Envoy's words are no business of the network. */
const NEARBY = /^(unix:|127\.|\[?::1\]?:|\[?::ffff:127\.)/;
const NOBODY: NodeInfo = { id: '', cluster: '', envoyVersion: '' };

/** What the service answers from. */
export interface CsdsParts {
  readonly sessions: { all(): readonly SessionSummary[] };
  readonly authenticate: Authenticate;
}

/**
 * The client status discovery service: what each proxy was sent and what it said to it, one ClientConfig per stream that is open.
 * Clients on the loopback interface or a unix socket are answered, unless `authenticate` refuses them.
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/status/v3/csds.proto
 */
export function csdsMethods(parts: CsdsParts): readonly Method[] {
  const method = (name: string, requests: Method['requests']): Method => ({
    path: `/${SERVICE}/${name}`,
    requests,
    open: (outlet) => new CsdsCall(parts, outlet, requests),
  });
  return [method('StreamClientStatus', 'many'), method('FetchClientStatus', 'one')];
}

/** One call: each request is answered, one after the other. */
class CsdsCall implements Call {
  readonly #parts: CsdsParts;
  readonly #outlet: Outlet;
  readonly #requests: Method['requests'];
  readonly #waiting: Uint8Array[] = [];
  #busy = false;
  #over = false;
  #requestsEnded = false;

  constructor(parts: CsdsParts, outlet: Outlet, requests: Method['requests']) {
    this.#parts = parts;
    this.#outlet = outlet;
    this.#requests = requests;
  }

  receive(request: Uint8Array): void {
    if (this.#over) return;
    this.#waiting.push(request);
    this.#outlet.pauseRequests(true);
    this.#next();
  }

  requestsEnded(): void {
    this.#requestsEnded = true;
    this.#next();
  }

  drained(): void {
    this.#busy = false;
    this.#next();
  }

  closed(): void {
    this.#over = true;
    this.#waiting.length = 0;
  }

  #next(): void {
    if (this.#busy || this.#over) return;
    const request = this.#waiting.shift();
    if (request !== undefined) {
      this.#busy = true;
      void this.#answer(request);
    } else if (this.#requestsEnded && this.#requests === 'many') this.#end('ok', '');
    else this.#outlet.pauseRequests(false);
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    try {
      const request = decodeClientStatusRequest(bytes);
      if (!(await this.#mayAsk(request)) || this.#over) return;
      const found = this.#matching(request.matchers);
      if (found === undefined) return;
      this.#busy = !this.#outlet.send(encodeClientStatusResponse(found));
      if (this.#requests === 'one') this.#end('ok', '');
      else this.#next();
    } catch (error) {
      if (error instanceof UnknownMatcher) this.#end('invalidArgument', error.message);
      else if (error instanceof Malformed) this.#end('invalidArgument', `the request cannot be read: ${error.message}`);
      else this.#end('unavailable', 'who is asking could not be found out: try again');
    }
  }

  async #mayAsk({ node }: ClientStatusRequest): Promise<boolean> {
    const { peer } = this.#outlet;
    const admission = await this.#parts.authenticate(peer, node === undefined ? NOBODY : decodeNode(node));
    if (admission.kind === 'refused') this.#end('permissionDenied', admission.reason);
    else if (!NEARBY.test(peer.address)) {
      this.#end('permissionDenied', `client status is told to clients on the relay's own host, not to ${peer.address}`);
    } else return true;
    return false;
  }

  #matching(matchers: readonly NodeIdMatcher[]): readonly SessionSummary[] | undefined {
    const isMeant = ({ nodeId, ended }: SessionSummary): boolean =>
      ended === undefined && (matchers.length === 0 || matchers.some((matches) => matches(nodeId)));
    const found = this.#parts.sessions.all().filter(isMeant);
    if (found.length <= MOST_SESSIONS) return found;
    this.#end(
      'resourceExhausted',
      `${found.length} sessions match, at most ${MOST_SESSIONS} are told at once: name fewer with node_matchers`,
    );
    return undefined;
  }

  #end(status: Parameters<Outlet['end']>[0], detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#outlet.end(status, detail);
  }
}
