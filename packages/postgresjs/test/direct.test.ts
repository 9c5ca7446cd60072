import { type Emulator, startEmulator } from '@azure-pg/emulator';
import driver from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directInstance, instanceConnection } from '../src/direct.ts';
import postgres from '../src/index.ts';

describe('directInstance', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true } });
    Object.assign(process.env, emulator.env);
  });
  afterAll(() => emulator.stop());

  it.each(['warn', 'off'])(
    'goes to the server itself, with the options of the first (sessionFeatures %s)',
    async (sessionFeatures) => {
      const url = `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`;
      const sql = postgres(url, { transform: postgres.camel, sessionFeatures: sessionFeatures as 'warn' });
      const direct = directInstance(sql, { max: 1 });
      await emulator.pgbouncer?.stop();
      // A session's own settings last, and names are prepared: neither holds behind this pooler.
      await direct`set application_name = 'mine'`;
      expect([...(await direct`select current_setting('application_name') as application_name`)]).toEqual([
        { applicationName: 'mine' },
      ]);
      expect(direct.options).toMatchObject({ max: 1, prepare: true });
      await Promise.all([direct.end(), sql.end()]);
      await emulator.pgbouncer?.start();
    },
  );

  it('an instance made elsewhere is refused: nothing says where its twin is', async () => {
    const foreign = driver('postgres://localhost');
    expect(() => directInstance(foreign)).toThrow(TypeError);
    expect(instanceConnection(foreign)).toBeUndefined();
    await foreign.end();
  });

  it('tells what an instance’s settings were resolved to', async () => {
    const sql = postgres('postgres://x.postgres.database.azure.com:6432/app');
    expect(instanceConnection(sql)?.direct().hosts[0]?.port).toBe(5432);
    await sql.end();
  });
});
