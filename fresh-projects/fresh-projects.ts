// The packages as they are published, in projects made for the purpose. Run: npm run fresh-projects [-- types|run|runtimes] [PROJECT…]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPackages } from './packed-packages.ts';
import { projects } from './projects.ts';
import { Table } from './table.ts';
import { tryPrograms } from './try-programs.ts';
import { tryRuntimes } from './try-runtimes.ts';
import { tryTypes } from './types.ts';

const asked = process.argv.slice(2);
const names = asked.filter((word) => projects.some(({ name }) => name === word));
const wants = (part: string): boolean => !asked.some((word) => !names.includes(word)) || asked.includes(part);
const chosen = (name: string): boolean => names.length === 0 || names.includes(name);

const place = mkdtempSync(join(tmpdir(), 'azure-pg-fresh-'));
const tables: Table[] = [];
try {
  const packed = await packPackages(join(place, 'packed'));
  if (wants('types')) {
    const table = new Table(['project', 'modules', '5.6', '5.9', '6', '7']);
    tables.push(table);
    await tryTypes(join(place, 'types'), packed, table, chosen);
  }
  if (wants('run')) tables.push(await tryPrograms(join(place, 'run'), packed, chosen));
  if (wants('runtimes')) tables.push(await tryRuntimes(join(place, 'runtimes'), packed, chosen));
} finally {
  for (const table of tables) table.print();
  if (process.env.KEEP === undefined) rmSync(place, { recursive: true, force: true });
  else console.log(place);
}
process.exitCode = tables.every(({ wrong }) => wrong === 0) ? 0 : 1;
