import type { ProxyStatusEvent } from './ports.ts';

type WithoutSession<Event> = Event extends { readonly session: number } ? Omit<Event, 'session' | 'peer' | 'node'> : never;
/** A status event before it is told whose it is. */
export type StreamEvent = WithoutSession<ProxyStatusEvent>;
