// What the drivers say after a failure, as the table of docs/reliability.md: each failure that meets each state, and what is untrue then.
//
//   node --conditions=@azure-pg/source truth-table.ts [--adapter bare-pg,bare-postgresjs] [--route direct] [--state reserved]
//     [--patience 4000] [--details]
//
// `--adapter` takes what soak.ts takes.
import { parseArgs } from 'node:util';
import {
  type Cell,
  type ContractAdapter,
  cellsOf,
  missingFor,
  runCell,
  someVariants,
  TruthStand,
  truthRoutes,
} from '@azure-pg/contract/truth';
import { fileOf } from './contract-adapters.ts';

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: 'bare-pg,bare-postgresjs' },
    route: { type: 'string', default: 'direct' },
    state: { type: 'string', default: '' },
    patience: { type: 'string', default: '4000' },
    details: { type: 'boolean', default: false },
  },
});
const route = [...truthRoutes.ordinary, ...truthRoutes.long].find(({ name }) => name === values.route);
if (route === undefined) throw new Error(`There is no route "${values.route}"`);
const names = values.adapter.split(',');
await using stand = await TruthStand.start(route);
const adapters = await Promise.all(
  names.map(async (name) => (await import(fileOf(name))) as { default: ContractAdapter }),
);
process.removeAllListeners('warning');

/** What is found of the cell, in the words of the contract; one that could not be tried is reported as such. */
async function found(cell: Cell, adapter: ContractAdapter): Promise<string> {
  if (missingFor(cell, adapter) !== undefined) return '-';
  try {
    const findings = await runCell(cell, adapter, stand, someVariants, Number(values.patience));
    if (values.details) for (const { untruth, detail } of findings) console.error(`${untruth}: ${detail}`);
    return [...new Set(findings.map(({ untruth }) => untruth))].sort().join(', ') || 'true';
  } catch (error) {
    return `(${String((error as Error).message).slice(0, 60)})`;
  }
}

console.log(`| failure (${route.name}) | meets a client that is | ${names.join(' | ')} |`);
console.log(`| --- | --- | ${names.map(() => '---').join(' | ')} |`);
for (const cell of cellsOf(route, true)) {
  if (!cell.state.includes(values.state)) continue;
  const columns: string[] = [];
  for (const { default: adapter } of adapters) columns.push(await found(cell, adapter));
  console.log(`| ${cell.failure} | ${cell.state} | ${columns.join(' | ')} |`);
}
// A driver that hangs keeps its sockets.
await stand[Symbol.asyncDispose]();
process.exit();
