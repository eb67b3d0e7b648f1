import type { BaseIssue } from 'valibot';
import { MeshError } from '../errors.ts';

/** Most violations told in one refusal: enough to repair a request at once, few enough to read. */
const MAX_TOLD = 5;

/** Most characters shown of a refused value. */
const MAX_SHOWN = 60;

/** A rule as every refusal words it: what the value must be, and what to do. */
export function must(rule: string, fix: string): string {
  return `must ${rule}: ${fix}`;
}

/** What a caller sent, as JSON, cut at 60 characters and escaped, so that it can stand in a message, a log or a terminal and forge no line there. */
export function shown(value: unknown): string {
  return escaped(typeof value === 'string' ? JSON.stringify(cut(value).toWellFormed()) : cut(JSON.stringify(value) ?? String(value)));
}

function cut(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** Text from a request with everything spelled out that would not show as it is. */
export function escaped(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Begins the rule of a member that has to be there, and when. */
const MUST_BE_GIVEN = 'must be given';

/** The rule of a member that has to be there because of others: `when` says of which, such as `where there are listeners`. */
export function mustBeGiven(when: string): string {
  return `${MUST_BE_GIVEN} ${when}: add it`;
}

/** Field, value, rule and fix of one violation. */
export function violation(field: string, value: unknown, rule: string): string {
  if (value !== undefined) return `${field} is ${shown(value)} but ${rule}`;
  return `${field} is missing but ${rule.startsWith(MUST_BE_GIVEN) ? rule : `${MUST_BE_GIVEN}: add it`}`;
}

/** The refusal of a request for what valibot found below `root`, the field that was parsed. */
export function refusal(root: string, issues: readonly BaseIssue<unknown>[]): MeshError {
  const told = issues.slice(0, MAX_TOLD).map((issue) => violation(fieldOf(root, issue), issue.input, issue.message));
  const more = issues.length - told.length;
  return new MeshError('BadRequest', `${told.join('. ')}.${more > 0 ? ` ${more} more not shown.` : ''}`);
}

function fieldOf(root: string, issue: BaseIssue<unknown>): string {
  const steps = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return root + steps.join('');
}
