import { rejection } from '@azure-pg/contract';
import { startEmulator } from '@azure-pg/emulator';
import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { drizzle } from '../src/index.ts';
import { drizzle as drizzlePostgresJs } from '../src/postgres-js.ts';

it('a transaction through a pooler in statement mode is refused with the reason, before it begins', async () => {
  const emulator = await startEmulator({ pooler: { poolMode: 'statement' } });
  Object.assign(process.env, emulator.env);
  for (const db of [drizzle(emulator.pooledUrl), drizzlePostgresJs(emulator.pooledUrl)] as ReturnType<
    typeof drizzle
  >[]) {
    let begun = false;
    const error = await rejection(
      db.transaction(async (transaction) => {
        begun = true;
        await transaction.execute(sql`select 1`);
      }),
    );
    expect(begun).toBe(false);
    expect(error).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
    await db.$client.end();
  }
  await emulator.stop();
});
