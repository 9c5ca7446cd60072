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
  readonly #cells = new Map<Cell, string>();
  readonly #found = new Map<Untruth, number>();
  cells = 0;
  wholly = 0;
  untried = 0;

  add(cell: Cell, found: readonly Untruth[]): void {
    this.cells++;
    if (found.length === 0) this.wholly++;
    for (const untruth of found) this.#found.set(untruth, (this.#found.get(untruth) ?? 0) + 1);
    this.#cells.set(cell, found.join(', ') || 'true');
  }

  /** A cell that could not be tried to the end. */
  addUntried(cell: Cell, reason: string): void {
    this.untried++;
    this.#cells.set(cell, `(${reason})`);
  }

  /** What is found of a cell, in the words of the contract. */
  wordsOf(cell: Cell): string {
    return this.#cells.get(cell) ?? '-';
  }

  get counts(): number[] {
    return kinds.map((kind) => this.#found.get(kind) ?? 0);
  }

  get isTrue(): boolean {
    return this.cells === this.wholly && this.untried === 0;
  }
}

async function judge(cell: Cell, name: string, adapter: ContractAdapter, stand: TruthStand): Promise<void> {
  const tally = tallyOf(stand.route.name, name);
  const place = `${stand.route.name}, ${name}: ${cell.failure}, ${cell.state}`;
  try {
    const findings = await runCell(cell, adapter, stand, someVariants, Number(values.patience));
    if (values.details || ours.includes(name))
      for (const { untruth, detail } of findings) console.error(`${place}: ${untruth}: ${detail}`);
    tally.add(cell, [...new Set(findings.map(({ untruth }) => untruth))].sort());
  } catch (error) {
    const reason = String((error as Error).message).slice(0, 60);
    console.error(`${place}: not tried: ${reason}`);
    tally.addUntried(cell, reason);
  }
}

const tallies = new Map<string, Tally>();
function tallyOf(route: string, name: string): Tally {
  const key = `${route} ${name}`;
  const tally = tallies.get(key) ?? new Tally();
  tallies.set(key, tally);
  return tally;
}

for (const route of routes) {
  const stand = await TruthStand.start(route);
  const cells = cellsOf(route, true).filter(({ state }) => state.includes(values.state));
  // One after the other, the bare drivers last: what they leave unhandled may come late, and is nobody else's.
  for (const [index, name] of names.entries()) {
    console.error(`${route.name}: ${name}`);
    const adapter = adapters[index] as ContractAdapter;
    for (const cell of cells)
      if (missingFor(cell, adapter, stand) === undefined) await judge(cell, name, adapter, stand);
  }
  if (values.cells) {
    console.log(row([`failure (${route.name})`, 'meets a client that is', ...names]));
    console.log(row(['---', '---', ...names.map(() => '---')]));
    for (const cell of cells)
      console.log(
        row([cell.failure, cell.state, ...names.map((name) => tallyOf(route.name, name).wordsOf(cell))]),
      );
  }
  await stand[Symbol.asyncDispose]();
}
const columns = ['route', 'driver', 'cells', 'true', ...kinds, 'not tried'];
console.log(row(columns));
console.log(row(columns.map(() => '---')));
let failed = false;
for (const { name: route } of routes) {
  for (const name of names) {
    const { cells, wholly, counts, untried, isTrue } = tallyOf(route, name);
    console.log(row([route, name, cells, wholly, ...counts, untried]));
    failed ||= ours.includes(name) && !isTrue;
  }
}
// A driver that hangs keeps its sockets.
process.exit(failed ? 1 : 0);

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}
