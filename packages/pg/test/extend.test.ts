import { inherits } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, extend, ownConnection, Pool, poolConfig, withDirect } from '@azure-pg/pg';
import pg from 'pg';
// Another copy of pg, as an ORM may bring its own: the oldest one that is supported.
import foreign from 'pg-oldest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());

describe('extend(pg)', () => {
  it('gives a Pool and a Client of that copy, which sign in', async () => {
    const { Client, Pool } = extend(foreign);
    const pool = new Pool(emulator.url);
    expect(pool).toBeInstanceOf(foreign.Pool);
    const client = await pool.connect();
    expect(client).toBeInstanceOf(Client);
    expect(client).toBeInstanceOf(foreign.Client);
    expect((await client.query('select current_user as who')).rows).toEqual([{ who: 'local-app' }]);
    client.release();
    expect(await withDirect(pool, (direct) => direct instanceof foreign.Client)).toBe(true);
    await pool.end();
  });

  it('changes nothing of the copy', () => {
    const before = { ...foreign };
    extend(foreign);
    expect({ ...foreign }).toEqual(before);
  });

  it('gives the same classes again: of the same copy, of what it made itself, and for another copy of this package', async () => {
    const made = extend(foreign);
    expect(extend(foreign)).toBe(made);
    expect(extend({ ...foreign, ...made } as never)).toBe(made);
    expect(extend({ ...foreign, Client: class extends made.Client {} } as never)).toBe(made);
    expect(extend(pg)).toEqual({ Client, Pool });
    vi.resetModules();
    const other = await import('../src/index.ts');
    expect(other.extend).not.toBe(extend);
    expect(other.extend(foreign)).toBe(made);
    expect(other.Pool).toBe(Pool);
  });

  it('extends a class of the program itself, whether or not the one that it extends was before', () => {
    class Mine extends foreign.Client {
      hello(): string {
        return 'here';
      }
    }
    extend(foreign);
    const { Client } = extend({ ...foreign, Client: Mine } as never);
    expect(Client).not.toBe(extend(foreign).Client);
    expect((new Client('postgres://localhost/x') as unknown as Mine).hello()).toBe('here');
    expect(extend({ ...foreign, Client: Mine } as never).Client).toBe(Client);
    class Frozen extends foreign.Client {}
    Object.freeze(Frozen);
    expect(extend({ ...foreign, Client: Frozen } as never).Client.prototype).toBeInstanceOf(Frozen);
  });

  it('signs in where a class has only the prototype of ours, as util.inherits gives it', async () => {
    function Old(): void {}
    inherits(Old, Client);
    const client = Reflect.construct(Client, [emulator.url], Old) as pg.Client;
    await client.connect();
    expect((await client.query('select current_user as who')).rows).toEqual([{ who: 'local-app' }]);
    await client.end();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['the namespace of an old one', { default: foreign }],
  ])('refuses what is no pg: %s', (_, given) => {
    expect(() => extend(given as never)).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }));
  });

  it('keeps the bare classes where every copy of this package finds them', () => {
    const bare = Symbol.for('@azure-pg/pg.bare');
    const { Client, Pool } = extend(foreign) as unknown as Record<string, { [bare]: unknown }>;
    expect(Client?.[bare]).toBe(foreign.Client);
    expect(Pool?.[bare]).toBe(foreign.Pool);
  });

  it('reads the `defaults` of that copy', () => {
    const { host } = foreign.defaults;
    foreign.defaults.host = 'of-the-copy.example';
    try {
      const hostsOf = (pool: pg.Pool) => ownConnection(pool)?.hosts[0]?.host;
      expect(hostsOf(new (extend(foreign).Pool)({ user: 'app' }))).toBe('of-the-copy.example');
      expect(hostsOf(new foreign.Pool(poolConfig({ user: 'app' }, { pg: foreign })))).toBe(
        'of-the-copy.example',
      );
      if (!Object.is(pg.defaults, foreign.defaults)) {
        expect(hostsOf(new Pool({ user: 'app' }))).toBe('localhost');
      }
    } finally {
      foreign.defaults.host = host;
    }
  });
});
