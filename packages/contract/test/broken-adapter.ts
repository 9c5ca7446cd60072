import postgres from 'postgres';
import type { ContractAdapter, ContractClient, OpenInput } from '../src/index.ts';
import bare from './bare-postgresjs.ts';
import { plainServer } from './plain-server.ts';

export type Fault =
  | 'sound'
  | 'changes-types'
  | 'commits-what-failed'
  | 'shows-password'
  | 'never-ends'
  | 'hides-sqlstate'
  | 'prepares';

async function open(fault: Fault, client: Promise<ContractClient> | ContractClient): Promise<ContractClient> {
  const good = await client;
  switch (fault) {
    case 'changes-types':
      return { ...good, query: async (...given) => (await good.query(...given)).map(upperCase) };
    case 'commits-what-failed':
      return {
        ...good,
        transaction: (work) => good.transaction((query) => work(query).catch(() => undefined as never)),
      };
    case 'shows-password':
      return { ...good, raw: { password: 'canary-3f9c' } };
    case 'never-ends':
      // Longer than the contract waits; and no orphan for ever, should nobody be left to stop it.
      setTimeout(() => {}, 60_000);
      return good;
    default:
      return good;
  }
}

const upperCase = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Date ? String(value) : value]),
  );

/** The bare driver with one fault, which the contract must find. */
export function broken(fault: Fault): ContractAdapter {
  const sqlState = fault === 'hides-sqlstate' ? { sqlState: () => undefined } : {};
  return {
    ...bare,
    ...sqlState,
    open: (input) => (fault === 'prepares' ? prepared(input) : open(fault, bare.open(input))),
  };
}

/** As the driver is by default: it loses commits behind a busy pooler. */
function prepared({ url = '', max = 10 }: OpenInput): ContractClient {
  const { ca, ...server } = plainServer(url);
  const sql = postgres({ ...server, ssl: { ca }, max, backoff: () => 0.05 });
  return {
    query: async (text, parameters = []) => [...(await sql.unsafe(text, [...parameters] as never[]))],
    transaction: async (work) =>
      (await sql.begin((tx) =>
        work(async (text, parameters = []) => [...(await tx.unsafe(text, [...parameters] as never[]))]),
      )) as never,
    end: () => sql.end({ timeout: 1 }),
  };
}
