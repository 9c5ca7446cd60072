// What the drivers say after a failure, as in docs/reliability.md: each failure meets clients in each state, with four clients for each of these cells.
// Bare drivers beside ours; it fails where one of ours is not true.
//
//   npm run faults -- [--adapter pg,bare-pg] [--route direct] [--state reserved] [--patience 4000] [--cells] [--details]
//
// `--adapter` takes what soak.ts takes, by default all; `--route` the name of one, "ordinary" (the default) or "all". `--cells` prints each cell, as the
// tables of the document, and `--details` what each client was told.
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
  type Untruth,
} from '@azure-pg/contract/truth';
import { bare, fileOf, ours } from './contract-adapters.ts';

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: [...ours, ...bare].join(',') },
    route: { type: 'string', default: 'ordinary' },
    state: { type: 'string', default: '' },
    patience: { type: 'string', default: '4000' },
    cells: { type: 'boolean', default: false },
    details: { type: 'boolean', default: false },
  },
});
const allRoutes = [...truthRoutes.ordinary, ...truthRoutes.long];
const routes =
  values.route === 'ordinary'
    ? truthRoutes.ordinary
    : allRoutes.filter(({ name }) => values.route === 'all' || name === values.route);
if (routes.length === 0)
  throw new Error(`There is no route "${values.route}": ${allRoutes.map(({ name }) => name).join('; ')}`);
const names = values.adapter.split(',');
const adapters = await Promise.all(
  names.map(async (name) => ((await import(fileOf(name))) as { default: ContractAdapter }).default),
);
process.removeAllListeners('warning');

const kinds: readonly Untruth[] = [
  'invented answer',
  'lost row',
  'unreported row',
  'wrong rows',
  'stale error',
  'wrong error',
  'hang',
  'unhandled error',
];

/** What one adapter did in all cells of one route. */
class Tally {
  cells = 0;
  wholly = 0;
  /** Cells that could not be tried to the end, and why. */
  readonly untried: string[] = [];
  readonly #found = new Map<Untruth, number>();

  add(found: readonly Untruth[]): void {
    this.cells++;
    if (found.length === 0) this.wholly++;
    for (const untruth of found) this.#found.set(untruth, (this.#found.get(untruth) ?? 0) + 1);
  }

  get counts(): number[] {
    return kinds.map((kind) => this.#found.get(kind) ?? 0);
  }

  get isTrue(): boolean {
    return this.cells === this.wholly && this.untried.length === 0;
  }
}

/** What is found of the cell, in the words of the contract. */
async function judge(cell: Cell, adapter: ContractAdapter, stand: TruthStand, tally: Tally): Promise<string> {
  if (missingFor(cell, adapter) !== undefined) return '-';
  try {
    const findings = await runCell(cell, adapter, stand, someVariants, Number(values.patience));
    if (values.details) for (const { untruth, detail } of findings) console.error(`${untruth}: ${detail}`);
    const found = [...new Set(findings.map(({ untruth }) => untruth))].sort();
    tally.add(found);
    return found.join(', ') || 'true';
  } catch (error) {
    const reason = String((error as Error).message).slice(0, 60);
    tally.untried.push(`${cell.failure}, ${cell.state}: ${reason}`);
    return `(${reason})`;
  }
}

const rows: string[] = [];
let failed = false;
for (const route of routes) {
  const stand = await TruthStand.start(route);
  const tallies = names.map(() => new Tally());
  if (values.cells) console.log(row([`failure (${route.name})`, 'meets a client that is', ...names]));
  if (values.cells) console.log(row(['---', '---', ...names.map(() => '---')]));
  for (const cell of cellsOf(route, true)) {
    if (!cell.state.includes(values.state)) continue;
    const columns: string[] = [];
    for (const [index, adapter] of adapters.entries())
      columns.push(await judge(cell, adapter, stand, tallies[index] as Tally));
    if (values.cells) console.log(row([cell.failure, cell.state, ...columns]));
    else console.error(`${route.name}: ${cell.failure}, ${cell.state}`);
  }
  for (const [index, name] of names.entries()) {
    const tally = tallies[index] as Tally;
    const { cells, wholly, counts, untried } = tally;
    rows.push(row([route.name, name, cells, wholly, ...counts, untried.length]));
    for (const reason of untried) console.error(`${route.name}, ${name}, not tried: ${reason}`);
    failed ||= ours.includes(name) && !tally.isTrue;
  }
  await stand[Symbol.asyncDispose]();
}
const columns = ['route', 'driver', 'cells', 'true', ...kinds, 'not tried'];
console.log(row(columns));
console.log(row(columns.map(() => '---')));
for (const line of rows) console.log(line);
// A driver that hangs keeps its sockets.
process.exit(failed ? 1 : 0);

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}
