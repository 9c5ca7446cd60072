import type { AzureConnection } from '../connection/connection.ts';

/** What a driver's pool should be like where the user says nothing. Times in seconds; undefined: the driver's own default. */
export interface PoolDefaults {
  /** Connections at most. */
  readonly max: number | undefined;
  /** A connection that was idle for this long is closed: below the 4 minutes after which Azure's load balancers forget a silent flow. */
  readonly idleTimeout: number | undefined;
  /** A connection older than this is closed when it is free, so that a failover or a scaled server is noticed by all in time. */
  readonly maxLifetime: number | undefined;
}

/**
 * The defaults for pools on Azure and behind a pooler; all undefined for any other server, which keeps the driver's own. A serverless
 * host multiplies its instances, each with a pool: without a pooler these share the server's few connections (35 on the smallest one).
 * https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-limits
 */
export function poolDefaults(
  connection: Pick<AzureConnection, 'endpoint' | 'pooling'>,
  env: NodeJS.ProcessEnv = process.env,
): PoolDefaults {
  const pooled = connection.pooling.poolMode !== 'none';
  if (connection.endpoint.kind === 'other' && !pooled) {
    return { max: undefined, idleTimeout: undefined, maxLifetime: undefined };
  }
  return { max: isServerless(env) && !pooled ? 3 : undefined, idleTimeout: 60, maxLifetime: 1800 };
}

/** Azure Functions, AWS Lambda, Vercel. */
function isServerless(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.FUNCTIONS_WORKER_RUNTIME || env.AWS_LAMBDA_FUNCTION_NAME || env.VERCEL);
}

/** Seconds between 80 % and 100 % of a lifetime, to the millisecond, so that connections made together do not end together. */
export function jittered(lifetime: number, random: () => number = Math.random): number {
  return Math.round(lifetime * 1000 * (1 - 0.2 * random())) / 1000;
}
