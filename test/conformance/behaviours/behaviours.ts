/**
 * What App Mesh's clients rely on beside its API model, by number: the title of the test that proves it, and where it was seen.
 * Numbers 9 and 24 are how clients pace themselves, 29 to 31 what Envoys are given: nothing of that shows in the API.
 */
export const behaviours = {
  1: 'a spec is kept and read back as sent: no default is added',
  2: "healthCheck.port left out becomes the listener's port, on nodes and gateways; nothing else is ever filled in",
  3: 'match.port left out of a route stays left out',
  4: 'empty structures are legal and kept',
  5: 'clientToken: a repeated create or update is answered as the first one was, and changes nothing',
  6: 'a name that exists is a Conflict for another create',
  7: 'what is missing is NotFound, the outermost missing resource first, with the words App Mesh had for it',
  8: 'after a delete nothing describes the resource any more',
  10: 'a route naming a missing virtual node is NotFound, on create and update',
  11: 'backends may name services that do not exist yet',
  12: 'what a spec names must exist first: providers, targets of routes and of gateway routes',
  13: 'a mesh with anything in it is in use, virtual services too',
  14: 'what something else lives in or names is in use; a backend holds nothing',
  15: 'with several listeners the port must be said, and a listener cannot be added over routes that say none',
  16: "a route is of its listener's protocol, a connection pool too; listeners need service discovery",
  17: 'match rules that span several members are held',
  18: 'prefixes and gRPC services App Mesh reserved are refused on gateway routes',
  19: 'duplicate backends are accepted and kept',
  20: "one's own account as meshOwner is accepted by every operation that takes it",
  21: 'nothing is shared: a foreign meshOwner is Forbidden, and so are tags of foreign resources',
  22: 'metadata.uid survives updates and is new after re-creation',
  23: 'tags are read by ARN for all seven kinds, in the order they were given, and reading them writes nothing',
  25: 'names go encoded in the path and are decoded once, after splitting',
  26: 'what clients let through is refused here: beyond a maximum, an enum, a pattern, a union, an empty name',
  27: 'priorities are 0 to 1000; a range needs an end beyond its start',
  28: 'weights are relative, 0 is legal, up to 10 targets',
} as const;

/** What of a behaviour shows only in what Envoys do, and where it is proved: the file below `test`, and the title of its test. */
export const provedByEnvoys: readonly {
  readonly of: keyof typeof behaviours;
  readonly what: string;
  readonly file: string;
  readonly title: string;
}[] = [
  {
    of: 27,
    what: 'priority 0 comes first, a route without one last, and among those the longest prefix first',
    file: 'envoy/routing.test.ts',
    title: 'by priority, and where there is none by the narrower path, whichever came first',
  },
];
