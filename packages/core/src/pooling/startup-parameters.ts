/**
 * The startup parameters that PgBouncer takes, in lower case. Any other ends the connection with 08P01 "unsupported startup parameter", unless
 * the pooler's ignore_startup_parameters names it, which is empty on Azure; then it is dropped and not applied. `options` may
 * only set the others, as `-c name=value` or `--name=value`. https://www.pgbouncer.org/config.html#ignore_startup_parameters
 */
export const poolerStartupParameters: ReadonlySet<string> = new Set([
  'user',
  'database',
  'replication',
  'application_name',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
  'intervalstyle',
  'options',
]);
