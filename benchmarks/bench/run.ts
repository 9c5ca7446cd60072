// Everything that is claimed about speed and size, measured in one run against the bare drivers and what people use today.
//
//   npm run bench                     all of it; writes benchmarks/results.md
//   npm run bench -- queries imports  some of it; prints only
//   npm run bench -- --scale 0.2      fewer rounds
//   npm run bench -- queries --adapter pg --adapter kysely
import { writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { markdownTable } from '../../fresh-projects/table.ts';
import { coldStart } from './cold-start.ts';
import { connecting } from './connecting.ts';
import { detection } from './detection.ts';
import { imports } from './imports.ts';
import type { Measurement } from './measurement.ts';
import { memory } from './memory.ts';
import { prepared } from './prepared.ts';
import { profile } from './profile.ts';
import { queries } from './queries.ts';
import { roundTrips } from './round-trips.ts';
import { type Servers, startServers } from './servers.ts';
import { sizes } from './sizes.ts';
import { streaming } from './streaming.ts';
import { versionsOf } from './versions.ts';

const measurements: Readonly<Record<string, Measurement>> = {
  queries,
  profile,
  prepared,
  detection,
  streaming,
  connecting,
  memory,
  'round-trips': roundTrips,
  'cold-start': coldStart,
  imports,
  sizes,
};

const { values, positionals } = parseArgs({
  options: { scale: { type: 'string', default: '1' }, adapter: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => measurements[name] === undefined);
if (unknown.length > 0)
  throw new Error(`There is no ${unknown.join(', ')}: ${Object.keys(measurements).join(', ')}`);

const servers = await startServers();
try {
  const parts = [head(servers)];
  for (const [name, { title, how, run }] of Object.entries(measurements)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const { head: columns, rows } = await run(servers, {
      scale: Number(values.scale),
      adapters: values.adapter,
    });
    const part = `## ${title}\n\n${how}\n\n${markdownTable([columns, ...rows])}\n`;
    console.log(`\n${part}`);
    parts.push(part);
  }
  if (positionals.length === 0) writeFileSync(new URL('../results.md', import.meta.url), parts.join('\n'));
} finally {
  await servers.stop();
}

function head({ postgresVersion, pgbouncerVersion }: Servers): string {
  const [{ model = 'unknown processor' } = {}] = cpus();
  const machine = `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}`;
  return `# Results

What \`npm run bench\` last wrote, on ${new Date().toISOString().slice(0, 10)}: one run, in which ours and what it is compared with take turns. Where a figure has brackets, it is
the median of the rounds, and in the brackets is the middle half of them. Times of a machine say little about another; the ratios do, and those of
the processor most of all.

${machine}. Node.js ${process.version}, PostgreSQL ${postgresVersion}, PgBouncer ${pgbouncerVersion}. ${versionsOf()}
`;
}
