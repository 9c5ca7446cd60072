import type { AzureConnection, Host } from '../connection/connection.ts';
import { publish } from '../notices/diagnostics.ts';

/** Does a connect, or a step of it, and publishes its failure. What it throws is the caller's, unchanged. */
export async function reportingFailure<T>(
  connection: AzureConnection,
  connect: () => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  try {
    return await connect();
  } catch (error) {
    const { host, port } = connection.hosts[0] as Host;
    const { database, logger } = connection;
    const duration = performance.now() - begun;
    publish('azure-pg:connection.failed', { host, port, database, duration, error }, logger);
    throw error;
  }
}
