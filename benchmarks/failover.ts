// What an outage costs a program: every adapter and its bare driver, thirty workers each that write through one pool, and one kind of outage
// after the other. Each write is then looked up in the database.
//
//   node --conditions=@azure-pg/source failover.ts [--adapter pg,postgresjs] [--outage promote,silent] [--who ours,bare] [--together 7]
//     [--patience 30] [--details]
//
// `--together`: how many clients share an outage. `--patience`: seconds after the service is back, when what was not answered is ended.
// Exits with 1 when one of ours lost a write, or was worse than docs/reliability.md says.
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProcess } from './adapter-process.ts';
import { fileOf, ours } from './contract-adapters.ts';
import type { Command, News, Order, Report } from './failover-child.ts';
import { type Cost, complaints, costOf, type Moments } from './outage-cost.ts';
import { type Outage, type OutageStand, outages, startStand } from './outages.ts';

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: ours.join(',') },
    outage: { type: 'string', default: Object.keys(outages).join(',') },
    who: { type: 'string', default: 'ours,bare' },
    together: { type: 'string', default: '7' },
    patience: { type: 'string', default: '30' },
    details: { type: 'boolean', default: false },
  },
});
const workers = 30;
const connections = 10;
/** Milliseconds of work before the outage, and after the recovery. */
const before = 1500;
const afterwards = 1000;
/** Milliseconds in which the clients hear that their connections are gone. */
const toHear = 100;

interface Client {
  readonly adapter: string;
  readonly who: string;
}

/** Those of ours first: a bare driver may keep everybody waiting. */
const clients = values.who
  .split(',')
  .flatMap((who) => values.adapter.split(',').map((adapter): Client => ({ adapter, who })));
const chosen = values.outage.split(',').map((name): [string, Outage] => {
  const outage = outages[name];
  if (outage === undefined)
    throw new Error(`There is no outage "${name}": ${Object.keys(outages).join(', ')}`);
  return [name, outage];
});

console.log(
  '| outage | adapter | lost | failed, but there | failed in flight | failed during | failed after | first write | all workers | stuck | unhandled |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const [name, outage] of chosen) {
  const able = clients.filter((client) => isAble(client, outage));
  const costs = new Map<Client, Cost>();
  for (let at = 0; at < able.length; at += Number(values.together)) {
    const together = able.slice(at, at + Number(values.together));
    for (const [index, cost] of (await suffer(outage, together)).entries())
      costs.set(together[index] as Client, cost);
  }
  for (const adapter of values.adapter.split(',')) {
    const columns = values.who.split(',').map((who) => {
      const cost = [...costs].find(([client]) => client.adapter === adapter && client.who === who)?.[1];
      if (cost !== undefined) judge(`${name}, ${adapter}, ${who}`, who, outage, cost);
      return cost;
    });
    console.log(`| ${name} | ${adapter} | ${figures(columns).join(' | ')} |`);
  }
}

/** pg takes a single host. */
function isAble({ adapter, who }: Client, { twoHosts }: Outage): boolean {
  return !twoHosts || who === 'ours' || adapter.includes('postgresjs');
}

function figures(costs: readonly (Cost | undefined)[]): string[] {
  const columns: ((cost: Cost) => number | undefined)[] = [
    ({ lost }) => lost,
    ({ unreported }) => unreported,
    ({ inFlight }) => inFlight,
    ({ during }) => during,
    ({ after }) => after,
    ({ first }) => first,
    ({ all }) => all,
    ({ stuck }) => stuck,
    ({ unhandled }) => unhandled.length,
  ];
  return columns.map((column) =>
    costs.map((cost) => (cost === undefined ? '' : String(column(cost) ?? '–'))).join(' / '),
  );
}

function judge(title: string, who: string, outage: Outage, cost: Cost): void {
  const wrong = complaints(cost, outage);
  if (values.details || (who === 'ours' && wrong.length > 0)) {
    console.error(`${title}: ${cost.writes} writes${wrong.map((each) => `; ${each}`).join('')}`);
    for (const [error, count] of cost.errors) console.error(`    ${count} × ${error}`);
    for (const each of cost.unhandled) console.error(`    unhandled: ${each}`);
  }
  if (who === 'ours' && wrong.length > 0) process.exitCode = 1;
}

/** Some clients and one outage, on servers that nobody has used. */
async function suffer(outage: Outage, together: readonly Client[]): Promise<Cost[]> {
  await using stand = await startStand(outage);
  const children = together.map((client, index) => start(client, `${index}.`, stand));
  const tellAll = (command: Command): void => {
    for (const { process: child } of children) if (child.connected) child.send(command);
  };
  try {
    await Promise.all(children.map(({ ready }) => ready));
    await wait(before);
    if (outage.restBefore !== undefined) {
      tellAll({ rest: true });
      await wait(outage.restBefore);
    }
    await outage.begin(stand);
    await wait(toHear);
    const away = Date.now();
    tellAll({ rest: false });
    await wait(outage.lasts);
    await outage.end(stand);
    const back = Date.now();
    tellAll({ back });
    const patience = new AbortController();
    await Promise.race([
      Promise.all(children.map(({ recovered }) => recovered)),
      wait(1000 * Number(values.patience), undefined, { signal: patience.signal }),
    ]);
    patience.abort();
    await wait(afterwards);
    tellAll({ stop: true });
    await wait(500);
    const given = Date.now();
    // What is still unanswered now would be so for as long as the kernel likes.
    stand.proxy.reset();
    stand.standbyProxy?.reset();
    const moments: Moments = { away, back, given };
    const reports = await Promise.all(children.map(({ report }) => report));
    const rows = await rowsOf(stand);
    return reports.map((report) => costOf(report, rows, moments, workers));
  } finally {
    for (const { process: child } of children) child.kill('SIGKILL');
  }
}

function start({ adapter, who }: Client, prefix: string, { emulator, proxy, standbyProxy }: OutageStand) {
  const { user, password, url } = emulator.postgres;
  const hosts = [proxy, standbyProxy].flatMap((each) => (each ? [`127.0.0.1:${each.port}`] : []));
  const attributes = standbyProxy === undefined ? {} : { target_session_attrs: 'read-write' };
  const order: Order = {
    adapterFile: fileOf(adapter),
    url:
      who === 'ours'
        ? `${url.replace(/@localhost:\d+/, `@${hosts.join(',')}`)}&${new URLSearchParams(attributes)}`
        : undefined,
    server: {
      host: standbyProxy === undefined ? '127.0.0.1' : hosts.join(','),
      port: proxy.port,
      user,
      password,
      database: 'postgres',
      ca: emulator.ca.pem,
      ...attributes,
    },
    connections,
    prefix,
    workers,
  };
  const child = startProcess('failover-child.ts', order, emulator.env);
  const ended = once(child, 'exit').then(() => undefined);
  const hears = <Name extends string>(name: Name): Promise<News> =>
    new Promise((resolve, reject) => {
      child.on('message', (news: News) => {
        if (name in news) resolve(news);
      });
      void ended.then(() => reject(new Error(`${who} ${adapter} ended before it was "${name}"`)));
    });
  const recovered = hears('recovered');
  const report = hears('report').then((news) => (news as { report: Report }).report);
  for (const promise of [recovered, report]) promise.catch(() => {});
  return { process: child, ready: hears('ready'), recovered, report };
}

/** Every row, and how often it is there. */
async function rowsOf({ emulator, standby }: OutageStand): Promise<ReadonlyMap<string, number>> {
  const server = standby ?? emulator;
  const rows = await server.query<{ id: string; times: number }>(
    'select id, count(*)::int as times from outage_rows group by id',
  );
  return new Map(rows.map(({ id, times }) => [id, times]));
}
