/*
 * How long reading a database URL takes, next to pg-connection-string (what node-postgres reads it with), in one run; and that the
 * time grows with the length of the text and not with its square.
 *
 *   pnpm --filter @azure-pg/benchmarks connection-string
 */
import { parseConnectionString, resolveConnection } from '@azure-pg/core';
import { parse } from 'pg-connection-string';
import { Bench } from 'tinybench';

const urls: Readonly<Record<string, string>> = {
  typical:
    'postgresql://myapp:s3cr%40t@myserver.postgres.database.azure.com:5432/app?sslmode=verify-full&application_name=api',
  short: 'postgres://localhost/app',
  'many parameters':
    'postgresql://myapp@myserver.postgres.database.azure.com:6432/app?sslmode=verify-full&application_name=api&connect_timeout=10&keepalives=1&keepalives_idle=30&target_session_attrs=read-write',
};

// pg-connection-string warns once about sslmode's meaning; that is not what is measured.
process.removeAllListeners('warning');
process.on('warning', () => {});

console.log('text | parseConnectionString | pg-connection-string | ratio | resolveConnection');
for (const [name, url] of Object.entries(urls)) {
  const bench = new Bench({ time: 1000, warmupTime: 300 });
  bench
    .add('parseConnectionString', () => void parseConnectionString(url))
    .add('pg-connection-string', () => void parse(url))
    .add('resolveConnection', () => void resolveConnection(url, undefined, {}));
  await bench.run();
  const [ours, theirs, resolve] = bench.tasks.map((task) => nanoseconds(task.result)) as [
    number,
    number,
    number,
  ];
  console.log(
    `${name} | ${ours.toFixed(0)} ns | ${theirs.toFixed(0)} ns | ${(theirs / ours).toFixed(2)}x as fast | ${resolve.toFixed(0)} ns`,
  );
}

function nanoseconds(result: Bench['tasks'][number]['result']): number {
  if (result.state !== 'completed') throw new Error(`The benchmark did not run: ${result.state}`);
  return result.latency.p50 * 1e6;
}

console.log(
  '\nlength | URI of many hosts | one long escaped password | many parameters | quoted value | escapes in keyword/value',
);
for (const size of [62_500, 125_000, 250_000, 500_000, 1_000_000]) {
  const texts = [
    `postgres://${'a,'.repeat(size / 2)}b/d`,
    `postgres://u:${'%41'.repeat(size / 3)}@h/d`,
    `postgres://h/d?${'user=a&'.repeat(size / 7)}user=b`,
    `password='${'x '.repeat(size / 2)}'`,
    `password=${'\\ '.repeat(size / 2)}`,
  ];
  const times = texts.map((text) => {
    const best = Math.min(
      ...Array.from({ length: 5 }, () => {
        const start = performance.now();
        parseConnectionString(text);
        return performance.now() - start;
      }),
    );
    return `${best.toFixed(1)} ms`;
  });
  console.log(`${size} | ${times.join(' | ')}`);
}
