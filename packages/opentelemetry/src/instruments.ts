import type { Counter, Histogram, Meter } from '@opentelemetry/api';

/** What is measured. */
export interface Instruments {
  readonly createTime: Histogram;
  readonly connectFailures: Counter;
  readonly retries: Counter;
  readonly serverChanges: Counter;
  readonly tokenRequest: Histogram;
  readonly tokenWait: Histogram;
  readonly tokenRefusals: Counter;
}

/** In seconds: from a connect within one machine to a failover. OpenTelemetry's own default is meant for milliseconds. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** `db.client.*` is OpenTelemetry's (https://opentelemetry.io/docs/specs/semconv/database/database-metrics); it has no name for the others. */
export function instrumentsOf(meter: Meter): Instruments {
  const seconds = (name: string, description: string): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: boundaries },
    });
  const count = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { description, unit });
  return {
    createTime: seconds('db.client.connection.create_time', 'The time it took to create a new connection.'),
    connectFailures: count(
      'azure_pg.connection.failures',
      '{connection}',
      'Connects that failed, with all their attempts.',
    ),
    retries: count('azure_pg.connection.retries', '{attempt}', 'Attempts to connect that were repeated.'),
    serverChanges: count(
      'azure_pg.server.changes',
      '{change}',
      'Times that another server was found behind a name.',
    ),
    tokenRequest: seconds('azure_pg.token.request.duration', 'The time a credential took to give a token.'),
    tokenWait: seconds('azure_pg.token.wait_time', 'The time a connect waited for its token.'),
    tokenRefusals: count('azure_pg.token.refusals', '{token}', 'Tokens that a server refused.'),
  };
}
