import { expect, it } from 'vitest';
import { parseSpec } from '../spec.ts';
import { shapeOf } from '../testing/apiModel/shapes.ts';

function isAccepted(member: string, text: string): boolean {
  const attribute = { key: 'k', value: 'v', [member]: text };
  const awsCloudMap = { namespaceName: 'n', serviceName: 's', attributes: [attribute] };
  try {
    parseSpec('virtualNode', { serviceDiscovery: { awsCloudMap } });
    return true;
  } catch {
    return false;
  }
}

it.each(['key', 'value'])('takes in the %s of a Cloud Map attribute each character where the API model does', (member) => {
  const { pattern = 'missing' } = shapeOf(shapeOf('AwsCloudMapInstanceAttribute').members?.[member]?.shape ?? '');
  const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const texts = characters.flatMap((character) => [`${character}ab`, `a${character}b`, `ab${character}`]);
  expect(texts.filter((text) => isAccepted(member, text))).toEqual(texts.filter((text) => new RegExp(pattern).test(text)));
});
