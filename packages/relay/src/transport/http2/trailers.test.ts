import { expect, it } from 'vitest';
import { percentEncoded, trailersOf } from './trailers.ts';

it('tell a status by its number and a text in printable ASCII', () => {
  expect(trailersOf('ok', 'the client ended the stream')).toEqual({ 'grpc-status': 0 });
  expect(trailersOf('permissionDenied', 'not 100 % yours: ü\n')).toEqual({
    'grpc-status': 7,
    'grpc-message': 'not 100 %25 yours: %C3%BC%0A',
  });
});

it('cut a text between characters before it is too long for a header', () => {
  const encoded = percentEncoded('ü'.repeat(2_000));
  expect(encoded.length).toBeLessThanOrEqual(2_048);
  expect(decodeURIComponent(encoded)).toBe('ü'.repeat(encoded.length / 6));
});
