import { expect, it } from 'vitest';
import { jittered, poolDefaults } from '../../src/azure/pool-defaults.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';

const azure = 'postgres://ada@x.postgres.database.azure.com';

it.each([
  [
    "any other server keeps the driver's own",
    'postgres://ada@localhost',
    {},
    [undefined, undefined, undefined],
  ],
  ['Azure', azure, {}, [undefined, 60, 1800]],
  ['through the pooler', `${azure}:6432`, {}, [undefined, 60, 1800]],
  ['a pooler elsewhere', 'postgres://ada@localhost?pool_mode=transaction', {}, [undefined, 60, 1800]],
  ['Azure Functions', azure, { FUNCTIONS_WORKER_RUNTIME: 'node' }, [3, 60, 1800]],
  [
    'Azure Functions through the pooler',
    `${azure}:6432`,
    { FUNCTIONS_WORKER_RUNTIME: 'node' },
    [undefined, 60, 1800],
  ],
])('defaults: %s', (_, url, env, [max, idleTimeout, maxLifetime]) => {
  expect(poolDefaults(resolveConnection(url, undefined, {}), env)).toEqual({ max, idleTimeout, maxLifetime });
});

it('connections made together do not end together, and none lives longer than it may', () => {
  expect(jittered(1000, () => 0)).toBe(1000);
  expect(jittered(1000, () => 0.999)).toBe(800.2);
});

it('a lifetime below a second stays one', () => {
  expect(jittered(0.3, () => 0.5)).toBe(0.27);
});
