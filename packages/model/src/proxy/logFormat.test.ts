import * as v from 'valibot';
import { expect, it } from 'vitest';
import { logFormat } from './logFormat.ts';

const parse = (format: string): unknown => v.parse(logFormat({ min: 1, max: 1000 }), format);

// Envoy's own default format, and forms its documentation shows.
it.each([
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% "%UPSTREAM_HOST%"\n',
  '%START_TIME(%Y/%m/%dT%H:%M:%S%z %s)%',
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME):10%',
  '%DYNAMIC_METADATA(com.test.my_filter:test_object:inner_key):7%',
  '100%% plain',
  '%%%%%PROTOCOL%%%',
  '%PROTOCOL()%',
  'no command',
])('takes %s', (format) => {
  expect(parse(format)).toBe(format);
});

it.each([
  ['%NOPE%', '"NOPE" is none'],
  ['%protocol%', 'no command begins at character 1'],
  ['50% off', 'no command begins at character 3'],
  ['%PROTOCOL% 100%', 'no command begins at character 15'],
  ['%PROTOCOL', 'no command begins at character 1'],
  ['%REQ%', '%REQ% needs parameters'],
  ['%REQ()%', '%REQ% needs parameters'],
  ['%PROTOCOL(a)%', '%PROTOCOL% takes no parameters'],
  ['%PROTOCOL:5%', '%PROTOCOL% takes no parameters and no length'],
  ['%REQ(a)b%', 'no command begins at character 1'],
  ['%__proto__%', 'no command begins'],
])('refuses %s, which Envoy would', (format, fault) => {
  expect(() => parse(format)).toThrow(fault);
});
