import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

// Each fault, and the part of the contract that must find it.
const caught = [
  ['changes-types', 'types come and go'],
  ['commits-what-failed', 'transactions, direct'],
  ['shows-password', 'secrets'],
  ['never-ends', 'ending'],
  ['hides-sqlstate', 'errors, direct'],
  ['prepares', 'transactions, adversarial'],
] as const;

interface Report {
  testResults: { assertionResults: { ancestorTitles: string[]; status: string }[] }[];
}

/** Runs those parts of the contract in a vitest of its own, on broken adapters. */
async function runBrokenAdapters(): Promise<Report> {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'azure-pg-contract-'));
  const file = join(folder, 'report.json');
  const pattern = caught.map(([fault, part]) => `^${fault} .*${part}`).join('|');
  const args = [
    path('../../../node_modules/vitest/vitest.mjs'),
    ...['run', '--config', path('./broken-adapters.config.mjs')],
    ...['--testNamePattern', `^sound|${pattern}`, '--reporter=json', `--outputFile=${file}`],
  ];
  try {
    // It exits with 1, because tests fail; what counts is the report.
    await promisify(execFile)(process.execPath, args, { cwd: path('../../..'), timeout: 110_000 }).catch(
      () => {},
    );
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the contract finds', () => {
  let failed: Set<string>;
  let passed: Set<string>;
  beforeAll(async () => {
    const { testResults } = await runBrokenAdapters();
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    const parts = (status: string): Set<string> =>
      new Set(
        results
          .filter((result) => result.status === status)
          .map(({ ancestorTitles: [adapter, part] }) => `${adapter}: ${part}`),
      );
    failed = parts('failed');
    passed = parts('passed');
  }, 120_000);

  test.each(caught)('%s', (fault, part) => {
    const found = [...failed].filter((title) => title.startsWith(fault));
    expect(found.some((title) => title.includes(part))).toBe(true);
  });

  test('nothing where there is nothing to find', () => {
    expect([...failed].filter((title) => title.startsWith('sound'))).toEqual([]);
    expect([...passed].filter((title) => title.startsWith('sound'))).not.toEqual([]);
  });
});
