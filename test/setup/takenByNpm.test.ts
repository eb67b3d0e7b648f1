import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takenByNpm } from './takenByNpm.mjs';

it('tells how flags that npm took are handed on', () => {
  expect(takenByNpm({ npm_config_sample: 'true' })).toBe(
    'npm took --sample for itself: write `npm start -- --sample` (the -- hands flags on)',
  );
  expect(takenByNpm({ npm_config_sample: 'true', npm_config_api_port: '0', npm_config_data: '/tmp/x' })).toContain(
    'npm took --sample, --api-port, --data for itself: write `npm start -- --sample --api-port 0 --data /tmp/x`',
  );
});

it('leaves what are settings of npm alone', () => {
  expect(takenByNpm({ npm_config_loglevel: 'silent', npm_config_cache: '/c', sample: 'true' })).toBeUndefined();
});

it('knows every flag of start', () => {
  const source = readFileSync(join(import.meta.dirname, '..', '..', 'packages', 'local', 'src', 'commands', 'start.ts'), 'utf8');
  const flags = [...source.matchAll(/(?:option|Option|holdOption)\(\s*'--([a-z-]+)/g)].map(([, flag = '']) => flag);
  expect(flags.length).toBeGreaterThan(10);
  for (const flag of flags) expect(takenByNpm({ [`npm_config_${flag.replaceAll('-', '_')}`]: 'x' }), flag).toContain(`--${flag} x`);
});
