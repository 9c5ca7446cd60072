/**
 * Fifteen adapters are held to parts of the contract, each on servers of its own, and some of them hang.
 * @module-tag slow
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

interface Fault {
  readonly fault: string;
  /** The part of the contract that must find it; where that is long, one test of it. */
  readonly part: string;
  readonly name?: string;
  /** What it must say. */
  readonly says?: string;
}

const caught: readonly Fault[] = [
  { fault: 'changes-types', part: 'types come and go' },
  { fault: 'commits-what-failed', part: 'transactions, direct' },
  { fault: 'shows-password', part: 'secrets' },
  { fault: 'never-ends', part: 'ending' },
  { fault: 'hides-sqlstate', part: 'errors, direct' },
  { fault: 'prepares', part: 'transactions, adversarial' },
  { fault: 'invents-answers', part: 'truth, direct', name: 'terminated by itself', says: 'lost row' },
  { fault: 'swallows-errors', part: 'truth, direct', name: 'terminated by itself', says: 'invented answer' },
  { fault: 'gives-stale-errors', part: 'truth, direct', name: 'terminated by itself', says: 'stale error' },
  { fault: 'leaves-holes', part: 'truth, direct', name: 'an error mid-result', says: 'wrong rows' },
  { fault: 'replays-inserts', part: 'truth, direct', name: 'restart, fast', says: 'unreported row' },
  { fault: 'keeps-transactions-open', part: 'truth, direct', name: 'query_timeout', says: 'lost row' },
  { fault: 'never-answers', part: 'truth, direct', name: 'FIN', says: 'hang' },
];

interface Report {
  testResults: {
    assertionResults: { ancestorTitles: string[]; failureMessages: string[]; status: string }[];
  }[];
}

type Results = Report['testResults'][number]['assertionResults'];

/** Runs those parts of the contract in a vitest of its own, on broken adapters. */
async function runBrokenAdapters(faults: readonly Fault[]): Promise<Results> {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'azure-pg-contract-'));
  const file = join(folder, 'report.json');
  const pattern = faults.map(({ fault, part, name = '' }) => `^${fault} .*${part}.*${name}`).join('|');
  const args = [
    path('../../../node_modules/vitest/vitest.mjs'),
    ...['run', '--config', path('./broken-adapters.config.mjs')],
    ...['--testNamePattern', `^sound|^honest|${pattern}`, '--reporter=json', `--outputFile=${file}`],
  ];
  try {
    // It exits with 1, because tests fail; what counts is the report.
    await promisify(execFile)(process.execPath, args, { cwd: path('../../..'), timeout: 170_000 }).catch(
      () => {},
    );
    const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Report;
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the contract finds', () => {
  let results: Results;
  const of = (adapter: string, status: string, found: Results = results): Results =>
    found.filter((result) => result.status === status && result.ancestorTitles[0]?.startsWith(adapter));
  beforeAll(async () => {
    results = await runBrokenAdapters(caught);
  }, 180_000);

  test.each(caught)('$fault', { timeout: 180_000 }, async (one) => {
    const { fault, part, says = '' } = one;
    const messagesIn = (found: Results): string[] =>
      of(fault, 'failed', found)
        .filter(({ ancestorTitles }) => ancestorTitles[1]?.includes(part))
        .flatMap(({ failureMessages }) => failureMessages);
    // Some faults show by which servers a pooler happens to take: where fifteen adapters at once leave none a chance, one alone gets it.
    let messages = messagesIn(results);
    if (messages.length === 0) messages = messagesIn(await runBrokenAdapters([one]));
    const seen = results.filter(({ ancestorTitles }) => ancestorTitles[0]?.startsWith(fault));
    expect(messages, JSON.stringify(seen.map(({ status }) => status))).not.toEqual([]);
    expect(messages.join('\n')).toContain(says);
  });

  test.each(['sound', 'honest'])('nothing where there is nothing to find: %s', (name) => {
    expect(of(name, 'failed')).toEqual([]);
    expect(of(name, 'passed')).not.toEqual([]);
  });
});
