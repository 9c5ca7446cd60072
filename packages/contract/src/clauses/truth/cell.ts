import { setTimeout as wait } from 'node:timers/promises';
import type { ContractAdapter } from '../../adapter.ts';
import { describeError } from '../../error-chain.ts';
import type { Cell } from './cells.ts';
import { failures } from './failures.ts';
import { type FaultProxy, faultProxy } from './fault-proxy.ts';
import { type Shared, TestedClient } from './tested-client.ts';
import type { TruthStand } from './truth-stand.ts';
import { answered, type Finding } from './untrue.ts';
import type { Variant } from './variants.ts';

/** How much of a server's answers reaches a client that is opening: nothing, the word that TLS is on, and some of TLS or of the sign-in. */
const heldAfter = [0, 1, 1200, 2300];

/** Enough for what a kernel has delivered to be seen by a driver in this process. */
const notice = 100;

/**
 * Has some clients of an adapter meet one failure in one state, and watches what they are told from then on.
 *
 * @param patience milliseconds after which a promise counts as hanging.
 * @returns what was untrue; nothing when all went well. Throws when the state could not be reached, which says nothing about the adapter.
 */
export async function runCell(
  cell: Cell,
  adapter: ContractAdapter,
  stand: TruthStand,
  variants: readonly Variant[],
  patience: number,
): Promise<readonly Finding[]> {
  const failure = failures[cell.failure];
  if (failure === undefined) throw new Error(`There is no failure "${cell.failure}"`);
  const opening = cell.state === 'opening';
  const proxy = failure.proxied || opening ? await faultProxy(stand.port) : undefined;
  const struck = gate();
  const over = gate();
  const url = stand.url({ port: proxy?.port, user: failure.user });
  const shared: Shared = {
    ...{ adapter, stand, failure, patience, url },
    ...{ state: cell.state, struck: struck.passed, over: over.passed },
  };
  let recovered: Promise<void> | undefined;
  const recover = async (): Promise<void> => (recovered ??= failure.recover?.(stand));
  const unhandled = collectUnhandled();
  const clients: TestedClient[] = [];
  try {
    for (const opened of await Promise.all(variants.map((variant) => TestedClient.open(shared, variant))))
      clients.push(opened);
    await failure.prepare?.(stand);
    if (opening) proxy?.hold(heldAfter);
    for (const client of clients) client.begin();
    const judged = Promise.all(clients.map((client) => client.judge()));
    if (failure.strike !== undefined) {
      await answered('the state', reach(clients, opening ? proxy : undefined), patience);
      const strike = failure.strike({
        stand,
        proxy,
        abort: () => {
          for (const client of clients) client.abort();
        },
      });
      await strike;
    }
    struck.open();
    proxy?.release();
    // What is never answered has been found to hang by then.
    await Promise.race([untilSettled(clients), wait(patience, undefined, { ref: false })]);
    await recover();
    await stand.ready();
    await wait(notice);
    over.open();
    await judged;
  } finally {
    struck.open();
    over.open();
    proxy?.release();
    // Where it fails here alone, something else has failed before, which is what must be told.
    await recover().catch(() => {});
    await Promise.all(clients.map((client) => client.abandon()));
    await proxy?.[Symbol.asyncDispose]();
    unhandled.stop();
  }
  return [...clients.flatMap(({ findings }) => findings), ...unhandled.findings];
}

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

async function reach(clients: readonly TestedClient[], proxy: FaultProxy | undefined): Promise<void> {
  if (proxy !== undefined) {
    const there = (): number => proxy.held + clients.filter(({ settled }) => settled).length;
    while (there() < clients.length) await wait(5);
    return;
  }
  for (const client of clients) while (!(await client.reached())) await wait(10);
}

async function untilSettled(clients: readonly TestedClient[]): Promise<void> {
  while (clients.some(({ settled }) => !settled)) await wait(5);
}

/** Whatever ends up nowhere else. */
function collectUnhandled(): { readonly findings: Finding[]; stop(): void } {
  const findings: Finding[] = [];
  const collect = (error: unknown): void => {
    findings.push({ untruth: 'unhandled error', detail: describeError(error) });
  };
  process.on('unhandledRejection', collect);
  process.on('uncaughtException', collect);
  return {
    findings,
    stop() {
      process.off('unhandledRejection', collect);
      process.off('uncaughtException', collect);
    },
  };
}
