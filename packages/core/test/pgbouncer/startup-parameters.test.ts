import { type Emulator, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession } from '../../src/open/open-session.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';
import { assertPoolerTakes } from '../../src/settings/resolve/startup-parameters.ts';

const refused = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'search_path'];

/** From 1.26 on PgBouncer keeps for each client what PostgreSQL 18 reports, `search_path` among it. Azure's is older. */
const tracksSearchPath = Number((await pgbouncerAvailable()).version?.split('.')[1]) >= 26;

/** Startup parameters, and whether PgBouncer opens a session with them. */
const cases: readonly (readonly [Record<string, string>, boolean])[] = [
  [{ application_name: 'app', client_encoding: 'UTF8', DateStyle: 'ISO', TimeZone: 'UTC' }, true],
  [{ standard_conforming_strings: 'on', IntervalStyle: 'postgres' }, true],
  [{ options: '-c datestyle=ISO --timezone=UTC' }, true],
  ...refused.map((name) => [{ [name]: '5000' }, false] as const),
  ...refused.map((name) => [{ options: `-c ${name}=5000` }, false] as const),
  [{ extra_float_digits: '3' }, false],
  [{ options: '-d 5' }, false],
];

describe('what is refused before connecting is what PgBouncer refuses', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: {} });
  });
  afterAll(() => emulator.stop());

  test.each(cases)('%o: %s', async (startup, taken) => {
    const connection = resolveConnection(`${emulator.pgbouncer?.url}&pool_mode=transaction`, undefined, {});
    const check = (): void => assertPoolerTakes(connection, startup, 'a test');
    // Not checked on this way: the pooler itself answers.
    const opening = openSession(connection, { startup }).then(async (session) => {
      await session.query('select 1');
      await session.close();
    });
    if (taken) {
      expect(check).not.toThrow();
      await opening;
    } else {
      expect(check).toThrow(expect.objectContaining({ code: 'POOLER_UNSUPPORTED' }));
      if (tracksSearchPath && JSON.stringify(startup).includes('search_path')) return opening;
      await expect(opening).rejects.toMatchObject({ code: 'SERVER_REFUSED', serverError: { code: '08P01' } });
    }
  });
});
