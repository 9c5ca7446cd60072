/**
 * The ports of Azure's servers: direct → through the built-in PgBouncer. On elastic clusters 7432 and 8432 are spread over the nodes.
 * https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-pgbouncer
 */
const pooledOf: ReadonlyMap<number, number> = new Map([
  [5432, 6432],
  [7432, 8432],
]);
const directOf: ReadonlyMap<number, number> = new Map(
  [...pooledOf].map(([direct, pooled]) => [pooled, direct]),
);

/** 6432 and 8432: Azure's built-in PgBouncer listens there. */
export function isPooledPort(port: number): boolean {
  return directOf.has(port);
}

/** 6432 → 5432, 8432 → 7432; undefined where the port is not a pooler's. */
export function directPort(port: number): number | undefined {
  return directOf.get(port);
}

/** 5432 → 6432, 7432 → 8432; undefined where the port has no pooler. */
export function pooledPort(port: number): number | undefined {
  return pooledOf.get(port);
}
