import { isDeepStrictEqual } from 'node:util';
import { readBack } from '@meshwright/model/testing';
import { asUnderstood, errorsOf } from './apiModel.ts';
import type { Answer, WrittenRequest } from './sending.ts';
import { sendInProcess } from './sending.ts';
import type { World } from './world.ts';

const COMMON = ['BadRequestException', 'ForbiddenException', 'NotFoundException'];

/** Holds an answer to what is promised of every answer. */
export async function checkAnswer(world: World, request: WrittenRequest, answer: Answer | undefined, before: string): Promise<void> {
  if (answer === undefined) throw new Error('There was no answer.');
  holds(answer.status < 500 && answer.status !== 429, `the status is ${answer.status}: ${answer.body}`);
  holds((answer.requestId ?? '') !== '', 'the answer has no request id');
  const event = world.events.find(({ requestId }) => requestId === answer.requestId);
  holds(event?.status === answer.status, 'the request was not told of as it was answered');
  const after = await world.fingerprint();
  if (answer.status !== 200) {
    checkRefusal(request, answer, event?.operation);
    holds(after === before, 'a refused request changed something');
  } else if (request.method === 'PUT' || request.method === 'DELETE')
    await checkAccepted(world, request, answer, event?.operation ?? '', after !== before);
  else holds(after === before, 'a request that reads changed something');
}

function checkRefusal({ method }: WrittenRequest, { status, type, body }: Answer, operation: string | undefined): void {
  holds(status >= 400, `the status is ${status}`);
  const documented = operation === undefined ? ['BadRequestException', 'UnknownOperationException'] : documentedErrors(operation);
  holds(type !== undefined && documented.includes(type), `${operation} has no error ${type}`);
  if (method === 'HEAD' && body === '') return;
  const { message, ...others } = JSON.parse(body) as { message: unknown };
  holds(Object.keys(others).length === 0, `the body has more than a message: ${body}`);
  if (typeof message !== 'string') throw new Error(`the message is no text: ${body}`);
  // Readable in a terminal and in a log: one line, a whole sentence, nothing a request could forge, no leftovers of ours.
  holds(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{10,4000}\.$/u.test(message), `the message is no sentence: ${JSON.stringify(message)}`);
  holds(!/\[object |undefined|NaN\b(?!")/.test(message), `the message says what it should not: ${message}`);
}

function documentedErrors(operation: string): readonly string[] {
  // The model lists it for TagResource only, but a Create carries tags too.
  return [...COMMON, ...errorsOf(operation), ...(operation.startsWith('Create') ? ['TooManyTagsException'] : [])];
}

/** What was accepted reads back: a Create or Update as it was sent, a Delete as gone, tags as they were set. */
async function checkAccepted(world: World, request: WrittenRequest, answer: Answer, operation: string, isChanged: boolean): Promise<void> {
  const [path = '', query = ''] = request.target.split('?');
  const read = (target: string): Promise<Answer> => sendInProcess(world.api, { method: 'GET', target, headers: [], body: undefined });
  if (operation === 'TagResource' || operation === 'UntagResource') {
    const { tags } = JSON.parse((await read(`/v20190125/tags?${/resourceArn=[^&]*/.exec(query)?.[0]}`)).body) as {
      tags: { key: string }[];
    };
    const { tags: set = [], tagKeys: removed = [] } = sentBody(request);
    holds(
      (set as { key: string }[]).every((tag) => tags.some((other) => isDeepStrictEqual(other, asUnderstood('TagRef', tag)))),
      `tags are ${JSON.stringify(tags)}`,
    );
    holds(!tags.some(({ key }) => (removed as string[]).includes(key)), `tags are ${JSON.stringify(tags)}`);
    return;
  }
  const kind = operation.replace(/^(Create|Update|Delete)/, '');
  const nameMember = `${kind[0]?.toLowerCase()}${kind.slice(1)}Name`;
  const answered = JSON.parse(answer.body) as Record<string, unknown>;
  const item = operation.startsWith('Create') ? `${path}/${encodeURIComponent(String(answered[nameMember]))}` : path;
  const described = await read(item);
  if (operation.startsWith('Delete')) {
    holds(described.status === 404, `what was deleted is described as ${described.status}`);
    return;
  }
  const expected = readBack(asUnderstood(`${kind}Spec`, sentBody(request).spec ?? {}));
  holds(isDeepStrictEqual(answered.spec, expected), `the spec reads back as ${JSON.stringify(answered.spec)}`);
  // The stored answer of an earlier request with this token may be older than what is described.
  if (isChanged) holds(isDeepStrictEqual(JSON.parse(described.body), answered), `it is described as ${described.body}`);
}

/** The body as JSON has it, `-0` as 0, without the byte order mark that may stand before it. */
function sentBody({ body }: WrittenRequest): Record<string, unknown> {
  const text = body?.toString().replace(/^\ufeff/, '') ?? '';
  return text.trim() === '' ? {} : JSON.parse(JSON.stringify(JSON.parse(text)));
}

function holds(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
