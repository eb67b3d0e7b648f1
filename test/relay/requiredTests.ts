/** One rule that others broke before us, and the tests that hold it. */
export interface RequiredTest {
  /** Number of the rule; it stays when rules are added. */
  readonly row: number;
  readonly rule: string;
  /** File → titles in it. A title in a block that runs for `sotw` and `delta` is two tests. */
  readonly tests: Readonly<Record<string, readonly string[]>>;
}

const RELAY = 'packages/relay/src';
const SOTW = `${RELAY}/sotw.test.ts`;
const DELTA = `${RELAY}/delta.test.ts`;
const ORDER = `${RELAY}/order.test.ts`;
const STREAM = `${RELAY}/stream.test.ts`;
const DATA_PLANES = `${RELAY}/dataPlanes.test.ts`;
const SECRETS = `${RELAY}/secrets.test.ts`;
const SEVERAL_RELAYS = `${RELAY}/severalRelays.test.ts`;
const SESSIONS = `${RELAY}/status/sessions.test.ts`;
const ENVOY = 'test/relay/envoy.test.ts';
const ENVOY_RULES = 'test/relay/envoyRules.test.ts';
const ENVOY_STREAMS = 'test/relay/envoyStreams.test.ts';
const ENVOY_ENDPOINTS = 'test/relay/envoyEndpoints.test.ts';
const EGRESS = 'test/envoy/egress.test.ts';
const COMPILED = 'test/relay/compiled.test.ts';
const GO = 'test/relay/goClient/goClient.test.ts';
const INTERCEPTION = 'test/envoy/interception.test.ts';

/** Where state of the world, delta and Envoy itself trap a control plane, by number, with the tests that show we are not caught. */
export const requiredTests: readonly RequiredTest[] = [
  {
    row: 1,
    rule: 'A snapshot that changes all four types goes out as CDS, EDS, LDS, RDS, whatever order requests come in',
    tests: {
      [ORDER]: ['sends CDS, EDS, LDS, RDS whatever order the requests come in', 'sends an update of all types as CDS, EDS, LDS, RDS'],
      [GO]: ['is sent clusters, endpoints, listeners, routes in this order, at boot and by an update of all'],
    },
  },
  {
    row: 2,
    rule: 'Clusters changed, endpoints equal: endpoints are sent again and no cluster stays warming (state of the world)',
    tests: {
      [ORDER]: ['re-sends the endpoints of a changed cluster unasked, with a fresh nonce, once'],
      [ENVOY]: ['warms an EDS cluster whose endpoints did not change with it'],
    },
  },
  {
    row: 3,
    rule: 'The same in delta, where no request comes',
    tests: {
      [DELTA]: ['sends what changed, with the hash of each resource and of the whole'],
      [ORDER]: ['re-sends the endpoints of a changed cluster unasked, with a fresh nonce, once'],
      [ENVOY]: ['warms an EDS cluster whose endpoints did not change with it'],
    },
  },
  {
    row: 4,
    rule: 'An endpoints request equal to the last acknowledgement after a push of clusters is answered, without a loop',
    tests: { [SOTW]: ['answers an endpoints request like the last acknowledgement after clusters changed, once, and no further'] },
  },
  {
    row: 5,
    rule: 'A request with a stale nonce that changes names is honoured; a mere stale acknowledgement is ignored',
    tests: {
      [SOTW]: ['honours a name change with a stale nonce and ignores a stale acknowledgement'],
      [GO]: ['has a change of names with a stale nonce honoured, and a mere stale acknowledgement ignored'],
    },
  },
  {
    row: 6,
    rule: 'A cluster removed and added again: its endpoints request with an old nonce is answered',
    tests: {
      [SOTW]: ['answers the endpoints request of a cluster that was removed and added again, old nonce or not'],
      [ENVOY_RULES]: ['has the endpoints of a cluster that was removed and added again'],
    },
  },
  {
    row: 7,
    rule: 'Names {a,b,c}, then {a}, then {a,b}: b is sent again though it did not change',
    tests: {
      [SOTW]: [
        'sends a name again that was dropped and is asked for again, though it did not change',
        'does the same with routes, whose answer is always the whole of what is asked',
      ],
      [DELTA]: ['sends a name again that is subscribed again'],
      [GO]: ['is sent a name again that it dropped and asks for again'],
    },
  },
  {
    row: 8,
    rule: 'An empty first request is the wildcard, so is *; after any named subscription an empty list is nothing',
    tests: {
      [SOTW]: [
        'takes an empty first list of clusters as everything, and an empty list after names as nothing',
        'takes * as everything, beside names too',
      ],
      [DELTA]: ['takes an empty first subscription as everything, * too, and an empty one after names as nothing'],
      [GO]: ['gets everything for an empty first list and for *, and nothing for an empty list after names'],
    },
  },
  {
    row: 9,
    rule: 'Delta: a name dropped while the wildcard stays is answered with the resource or its removal',
    tests: {
      [DELTA]: ['answers a name dropped while * stays with the resource, or with its removal'],
      [GO]: ['is answered a name it drops while * stays, with the resource or its removal'],
    },
  },
  {
    row: 10,
    rule: 'Delta: an unknown name is told to be removed, remembered, and delivered when it appears',
    tests: {
      [DELTA]: ['tells of an unknown name once, remembers it, and delivers it when it appears'],
      [GO]: ['is told that an unknown name is not there, and gets it when it appears'],
    },
  },
  {
    row: 11,
    rule: 'Delta: who reconnects is told what went meanwhile',
    tests: {
      [DELTA]: ['removes what is gone meanwhile, once the routes are current'],
      [ENVOY_RULES]: ['drops what went while there was no relay'],
      [GO]: ['that comes again in delta with versions is sent no equal wildcard type, named ones all the same, and what went meanwhile'],
    },
  },
  {
    row: 12,
    rule: 'Delta: who reconnects is not sent equal versions of wildcard types, but named endpoints and routes even if equal',
    tests: {
      [DELTA]: ['skips equal versions of wildcard types and sends named ones again'],
      [ENVOY]: ['goes on through a restart of the relay without a change of configuration'],
      [GO]: ['that comes again in delta with versions is sent no equal wildcard type, named ones all the same, and what went meanwhile'],
    },
  },
  {
    row: 13,
    rule: 'Who reconnects while warming a cluster that the snapshot lacks is answered clusters and endpoints, and leaves off warming',
    tests: {
      [SOTW]: ['answers a warming client whose cluster the snapshot lacks'],
      [DELTA]: ['ends the warming of a cluster the snapshot lacks by a removal'],
      [ENVOY_RULES]: ['that came to warm a cluster leaves off when the next relay does not have it'],
    },
  },
  {
    row: 14,
    rule: 'Routes asked before, between and after listener versions: no listener stays warming',
    tests: {
      [SOTW]: ['leaves no listener warming: routes asked before, between and after listener versions'],
      [DELTA]: ['leaves no listener warming: routes asked before, between and after listener versions'],
      [ENVOY_RULES]: ['has no listener that warms, whether its routes change with it or not'],
    },
  },
  {
    row: 15,
    rule: 'What was refused is not sent again before it changes, is recorded with type, version and message; others are served; the last acknowledgement stays known',
    tests: {
      [STREAM]: [
        'does not send refused content again until it changes, tells of it, and goes on serving others',
        'sends the next good content though it equals what was last acknowledged',
      ],
      [ENVOY_RULES]: [
        'that refuses a listener is not sent it again before it changes, is sent everything else, and does not keep it from others',
      ],
      'test/relay/refusedByEnvoy.test.ts': ['is told in its own words at /v1/meshes/{mesh}/proxies and in the log: %s'],
      [SESSIONS]: ['tells who it is, what it was sent, what it said, and what happened'],
      [GO]: ['is not sent again what it refused before it changes, and everything else meanwhile'],
    },
  },
  {
    row: 16,
    rule: 'No two resources of one name leave the compiler',
    tests: { [COMPILED]: ['has no two resources of a type with one name'] },
  },
  {
    row: 17,
    rule: 'A type of more than 3 MiB is told of, and more than 4 MiB not sent to google_grpc clients, with the reason in their status; others are served',
    tests: {
      [DATA_PLANES]: [
        'are told of before 4 MiB of a type, and spared more where google_grpc would refuse it for ever; others are served',
        'hear of no route to clusters that they could not be sent',
      ],
    },
  },
  {
    row: 18,
    rule: 'A first delta request of 6 MiB, which echoes versions, is accepted',
    tests: { 'test/relay/grpc.test.ts': ['accepts a first delta request of 6 MiB, and refuses one past 16 MiB'] },
  },
  {
    row: 19,
    rule: 'A slow reader has at most one pending push per type, the newest wins, and 1,000 updates take no memory',
    tests: {
      [STREAM]: ['sends one response per type and version to a slow reader, the newest'],
      [`${RELAY}/memory.test.ts`]: ['holds no version that nobody needs, whatever slow readers have not taken: %s'],
      'test/relay/grpc.test.ts': ['holds one body for a client that does not read, however long and however often it changes'],
    },
  },
  {
    row: 20,
    rule: '1,000 connections that come and go leave no watch, timer or buffer behind',
    tests: {
      [STREAM]: ['leaves no timer, watch or stream behind after 1,000 connections'],
      [`${RELAY}/memory.test.ts`]: ['holds nothing of streams that are over'],
      'test/relay/recycling.test.ts': ['leave nothing behind after 1,000 connections that came and went'],
    },
  },
  {
    row: 21,
    rule: 'A secret that rotates reaches each of N streams, also when that happens between subscription and first answer',
    tests: {
      [SECRETS]: [
        'reaches each of 50 streams with every rotation, and with one between subscription and first answer',
        'come before the clusters that are checked by them, and are none of any version',
      ],
    },
  },
  {
    row: 22,
    rule: 'Secrets and the headers of signed streams are in no log and no status',
    tests: {
      [DATA_PLANES]: ['are told of without their credentials'],
      [SECRETS]: ['never pass %s, which is told without its content'],
    },
  },
  {
    row: 23,
    rule: 'Streams end with status 0 at 30 minutes ± 20 %, and spread over the time a relay takes to shut down: nobody is overrun by those that reconnect',
    tests: {
      'test/relay/recycling.test.ts': [
        'end with status 0 between 24 and 36 minutes, evenly, so that nobody is overrun',
        'end with status 0 within the time a relay takes to shut down, spread over it, and announced',
      ],
      [`${RELAY}/transport/admissionLine.test.ts`]: ['serves a burst at once and then so many per second, first come, first served'],
      'test/faults/restarts.test.ts': [
        'are current again when the relay was %s: each comes back once, and is sent what changed and nothing else',
      ],
    },
  },
  {
    row: 24,
    rule: 'Two relays, one snapshot: byte-equal versions, and who moves between them is sent nothing it has',
    tests: {
      [SEVERAL_RELAYS]: ['send byte-equal versions and resources, and to who moves between them nothing it has'],
      [ENVOY_STREAMS]: ['that move from one to the other run what they ran: versions are equal, and no cluster, listener or route is news'],
      [GO]: ['that moves from one relay to another finds equal versions there and is sent nothing it has'],
    },
  },
  {
    row: 25,
    rule: 'A relay that lags never sends what is older than what the proxy has acknowledged',
    tests: {
      [SEVERAL_RELAYS]: ['take nobody back to older %s when one of them lags'],
      [STREAM]: ['sends nothing of a head older than the one it followed, whoever still tells of it'],
    },
  },
  {
    row: 26,
    rule: 'A store that fails, an empty or half-written snapshot: the last good one stays, and nothing empty is sent unless a valid snapshot says so',
    tests: {
      [`${RELAY}/meshes.test.ts`]: [
        'leaves the last good one in service, and nobody is sent an empty one, when it %s',
        'leaves a proxy in peace that comes when there never was another',
        'sends empty clusters and listeners when a verified snapshot says so',
      ],
      'test/faults/store.test.ts': ['and a new one are served from disk by a relay that starts while the store is away'],
      'test/aws/snapshotFaults.test.ts': [
        'keeps the last good one when an object %s, as do those that come then, and has the newest once it is whole',
        'keeps the last good one while %s cannot be read, as do those that come then, and has the newest after that',
        'is sent nothing by a relay that starts when there is no good one, keeps what it has, and has the newest once it is whole',
      ],
    },
  },
  {
    row: 27,
    rule: 'Every cluster that a route or TCP proxy names, and every route configuration that a listener names, is in the same snapshot',
    tests: { [COMPILED]: ['has every cluster that a route or TCP proxy names, and every route configuration that a listener names'] },
  },
  {
    row: 28,
    rule: 'Make before break: a route moved and the cluster it left deleted in one commit, under load, loses no request',
    tests: {
      [ORDER]: ['keeps a cluster that leaves until the newer routes are acknowledged'],
      [ENVOY_RULES]: ['loses no request when a route moves to another cluster and the one it left is deleted in the same version'],
      'test/envoy/moves.test.ts': [
        'a route is moved off a node and the node deleted in one go, there and back',
        'no request failed, those between two changes included',
      ],
    },
  },
  {
    row: 29,
    rule: 'No listener without chains, no equal chain matches, one * per route configuration, weights above 0 in sum',
    tests: {
      [COMPILED]: [
        'has no listener without chains, no two equal chain matches, one * per route configuration, and no weights that sum to 0',
      ],
    },
  },
  {
    row: 30,
    rule: 'An endpoint that is asked whether it is well, and is removed: traffic to it stops at once',
    tests: { [ENVOY_ENDPOINTS]: ['sends nothing more to one that was removed, though it still answers'] },
  },
  {
    row: 31,
    rule: 'A change of the egress filter reaches proxies that are connected',
    tests: {
      [EGRESS]: ['TLS to *.amazonaws.com passes, other names and none at all only if all may'],
      [INTERCEPTION]: ['HTTP/2 to a host that is none of the mesh’s passes, as HTTP/2, under ALLOW_ALL'],
    },
  },
  {
    row: 32,
    rule: 'A PING every 10 s on an idle stream for 10 minutes: no GOAWAY',
    tests: { [ENVOY_STREAMS]: ['lets %s send PINGs on an idle stream for as long as it likes'] },
  },
  {
    row: 33,
    rule: 'The node stands in the first message only; another id later ends the stream',
    tests: {
      [STREAM]: ['needs the node in the first request only, and ends the stream when it changes'],
      'test/relay/grpc.test.ts': [
        'ends a stream of malformed bytes with INVALID_ARGUMENT, a changed node with PERMISSION_DENIED, and serves the rest',
      ],
      [GO]: ['may not say later that it is another node, need not say it again, and leaves others in peace'],
      'test/relay/hostile.test.ts': ['ends a stream that becomes another node’s'],
    },
  },
  {
    row: 34,
    rule: '50 replicas of one node: acknowledgements and status apart, one snapshot in memory',
    tests: {
      [STREAM]: ['keeps replicas of one node apart'],
      [SESSIONS]: ['are one row for a proxy that is cut again and again, and as many as there are replicas'],
    },
  },
  {
    row: 35,
    rule: 'Who comes by a unix socket and asks for the endpoints of local_cluster is answered that there are none',
    tests: {
      [DATA_PLANES]: ['that come by a unix socket and ask for the endpoints of their local_cluster are told there are none, at once'],
      [ENVOY_STREAMS]: ['serves an Envoy with App Mesh’s bootstrap by a unix socket, and has no endpoints for its local_cluster'],
    },
  },
  {
    row: 36,
    rule: 'Heartbeats of resources that expire go to nobody who does not announce that it understands them',
    tests: {
      [DATA_PLANES]: [
        'get no resource that expires and hear nothing while nothing changes, whether they announce that they understand such or not',
      ],
    },
  },
  {
    row: 37,
    rule: 'Routes of an unknown name: silence in state of the world, a removal in delta, delivery once they exist',
    tests: {
      [SOTW]: ['is silent about a route configuration it does not know, and sends it once it exists'],
      [DELTA]: ['tells of an unknown name once, remembers it, and delivers it when it appears'],
      [ENVOY_RULES]: ['that asks for routes nobody knows goes on with the listener it has, and has them once they exist'],
      [GO]: ['that asks for routes nobody knows hears nothing in state of the world, and gets them once they exist'],
    },
  },
  {
    row: 38,
    rule: 'A compile that changes nothing gives equal versions, and nothing is pushed',
    tests: {
      'packages/compiler/src/publish.test.ts': ['gives equal content equal versions from one publication to the next'],
      [STREAM]: ['pushes nothing for a snapshot whose content is the same'],
    },
  },
  {
    row: 39,
    rule: 'Router and node disagree on port or protocol: nothing waits in vain, and diagnostics say why',
    tests: {
      'test/envoy/disagreements.test.ts': [
        'on port or protocol are answered all the same, or at once by an error, and what is wrong is told of the route',
      ],
    },
  },
  {
    row: 40,
    rule: 'A health check is edited on a live node: no request fails',
    tests: { [ENVOY_ENDPOINTS]: ['loses no request while its health check is edited'] },
  },
  {
    row: 41,
    rule: 'A peer that dials 15001 (sidecar under DROP_ALL and ALLOW_ALL, gateway) is refused, and Envoy is unharmed',
    tests: {
      [INTERCEPTION]: [
        'a peer that dials 15001 of a sidecar or a gateway is refused, and Envoy is unharmed',
        'a peer that dials 15000 or 15001 of a node that has its listeners there is turned away, and its Envoy never dials itself',
      ],
    },
  },
  {
    row: 42,
    rule: 'A silent DNS server, at boot and on change: other clusters and routes still arrive',
    tests: {
      [INTERCEPTION]: [
        'does not keep a starting Envoy from its other clusters, listeners and routes',
        'does not keep a changed route from a running Envoy',
      ],
      [ORDER]: ['lets routes wait for the acknowledgement of a new cluster, but not longer than the bound'],
    },
  },
  {
    row: 43,
    rule: 'What goes out by IPv6 passes the redirect',
    tests: {
      [INTERCEPTION]: [
        'what goes out by IPv6 passes the sidecar, which routes it by Host and holds the rest to the egress filter',
        'in a network without IPv6 a sidecar has all its listeners, and holds what goes out to the egress filter',
      ],
    },
  },
  {
    row: 44,
    rule: 'HTTP/2 to an unknown host passes under ALLOW_ALL',
    tests: { [INTERCEPTION]: ['HTTP/2 to a host that is none of the mesh’s passes, as HTTP/2, under ALLOW_ALL'] },
  },
];
