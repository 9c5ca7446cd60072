import { settingNames } from '../table/settings.ts';
import { nearestName } from './nearest-name.ts';

// Parameters that other drivers and ORMs know. They are refused like every unknown name, with a better hint.
const foreign: Readonly<Record<string, string>> = {
  schema:
    "Set it in the ORM's own options, or with options=-c search_path=…, or ALTER ROLE … SET search_path.",
  search_path: 'Write options=-c search_path=…, or ALTER ROLE … SET search_path.',
  statement_timeout: 'Write options=-c statement_timeout=…, or ALTER ROLE … SET statement_timeout.',
  lock_timeout: 'Write options=-c lock_timeout=…, or ALTER ROLE … SET lock_timeout.',
  connection_limit: "Give the size of the pool in the driver's options (max).",
  pool_timeout: "Give the pool's timeout in the driver's options.",
  sslaccept: 'Write sslmode=verify-full or sslmode=require.',
  sslidentity: 'Write sslcert and sslkey.',
  ssl: 'Write sslmode=require, sslmode=verify-full or sslmode=disable; only "true" is understood for ssl.',
  encoding: 'Write client_encoding.',
  database: 'Write dbname.',
  username: 'Write user.',
  pass: 'Write password.',
  hostname: 'Write host.',
  server: 'Write host.',
  url: 'Give the connection string itself.',
  currentschema: 'Write options=-c search_path=….',
};

/** One sentence that helps somebody who wrote a name we do not know, or undefined. */
export function hintForUnknown(name: string, among: readonly string[] = settingNames): string | undefined {
  const near = nearestName(name, among);
  const lower = name.toLowerCase();
  return (
    (near !== undefined && near.toLowerCase() === lower ? `Did you mean "${near}"?` : undefined) ??
    (Object.hasOwn(foreign, lower) ? foreign[lower] : undefined) ??
    (near === undefined ? undefined : `Did you mean "${near}"?`)
  );
}
