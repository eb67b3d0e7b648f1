/** `npm test [-- PATH…]`: static checks, then every test there is (below these paths); the last line is `N passed, N failed, N skipped`. */
import { startVitest, type Vitest } from 'vitest/node';
import { endWithReader, runCheck, staticChecks } from './staticChecks.ts';

const HELP = `Usage: npm test [-- PATH…]

Static checks, then every test there is, or those below these paths, such as test/relay or packages/model. Tests with real
parts install an Envoy, AWS clients and stand-ins for AWS into .cache/ on first use; what else a machine lacks is skipped
with its reason.
The last line is "N passed, N failed, N skipped"; ends with 0 when nothing failed.

  npm run test:slow      also the tests that take long
  MESH_TEST_ENVOY=PATH   this Envoy instead of the one in .cache/
  MESH_TEST_PYTHON=PATH  this Python, which has boto3 and awscli
  MESH_TEST_DDB_LIB=PATH this folder with DynamoDB Local's jar files, instead of those Maven brings; both need a JDK 17
  MESH_TEST_STRICT=1     what would be skipped fails
  MESH_TEST_SEED=NUMBER  the random requests of test/badInput again that a failure told of
`;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Everything that vitest found, and what it could not even load. */
function countTests({ state }: Vitest): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of state.getTestModules()) {
    for (const test of module.children.allTests()) {
      const { state: outcome } = test.result();
      // A test that never came to its turn did not pass.
      counts[outcome === 'pending' ? 'failed' : outcome] += 1;
    }
    // A file that does not load, or a hook around its tests that fails, is no test's fault but a failure.
    const isExplained = [...module.children.allTests('failed')].length > 0;
    if (module.state() === 'failed' && !isExplained) counts.failed += 1;
  }
  counts.failed += state.getUnhandledErrors().length;
  return counts;
}

async function runTests(): Promise<Counts> {
  const vitest = await startVitest('test', process.argv.slice(2), { config: 'test/vitest.config.ts', run: true, watch: false });
  const counts = countTests(vitest);
  if (counts.passed + counts.failed === 0) counts.failed = 1;
  await vitest.close();
  return counts;
}

endWithReader();
if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit();
}
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const { passed } of await Promise.all(staticChecks.map(runCheck))) total[passed ? 'passed' : 'failed'] += 1;
try {
  const counts = await runTests();
  for (const outcome of ['passed', 'failed', 'skipped'] as const) total[outcome] += counts[outcome];
} catch (error) {
  console.error(error);
  total.failed += 1;
}
process.exitCode = total.failed === 0 ? 0 : 1;
const lastLine = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`;
// Nothing that still runs may say a word after it.
process.stdout.write(lastLine, () => process.exit());
