import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const soak = fileURLToPath(new URL('../../../benchmarks/soak.ts', import.meta.url));

/** What `npm run soak` does in 15 minutes, for one, with AZURE_PG_LONG_TESTS=1. */
test.runIf(process.env.AZURE_PG_LONG_TESTS === '1')(
  'a minute of restarts leaves no answer untrue, none unanswered, no error unhandled',
  async () => {
    const args = ['--conditions=@azure-pg/source', soak, '--seconds', '60', '--every', '10'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 240_000 }).catch(
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`);
      },
    );
    // Seven adapters, and each of them has done something.
    const counts = stdout.split('\n').flatMap((line) => /^[a-z-]+ +(\d+) /.exec(line)?.[1] ?? []);
    expect(counts).toHaveLength(7);
    expect(counts.map(Number).filter((operations) => operations < 10)).toEqual([]);
  },
  300_000,
);
