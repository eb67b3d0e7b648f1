import { shown } from '../../schema/violation.ts';

/** Rule and fix as schemas tell them, and as the readers of the request's own parameters do, in two sentences. */
const RULE_AND_FIX = /^ but must .{5,}?: .{5,}$|^(?: but must|; it must|, which) [^:]{5,}?\. (?:Correct|Pass|Send) .{5,}$/s;

/**
 * What a refusal fails to tell of a field: its value (or that it is missing), a rule, and a fix. Nothing when it tells all.
 * @param request what was sent, of which `field` is a path such as `spec.listeners[0].portMapping.port`.
 */
export function wordingFault(message: string, field: string, request: unknown): string | undefined {
  const value = valueAt(request, field) ?? undefined;
  // In a path or a query a number travels as text.
  const values = value === undefined ? ['missing'] : [shown(value), shown(String(value))];
  const begin = values.map((text) => `${field} is ${text}`).find((text) => message.startsWith(text));
  if (begin === undefined) return `does not begin with "${field} is ${values[0]}"`;
  return RULE_AND_FIX.test(message.slice(begin.length)) ? undefined : 'does not go on with a rule and a fix';
}

function valueAt(request: unknown, field: string): unknown {
  const steps = field.split(/[.[\]]+/).filter((step) => step !== '');
  return steps.reduce<unknown>((value, step) => (isObject(value) ? Reflect.get(value, step) : undefined), request);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
