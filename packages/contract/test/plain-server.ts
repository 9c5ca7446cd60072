import { readFileSync } from 'node:fs';
import type { PlainServer } from '../src/index.ts';

/** A URL's parts, for drivers that would read it in their own way. */
export function plainServer(url: string): PlainServer {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    ca: readFileSync(searchParams.get('sslrootcert') ?? '', 'utf8'),
  };
}
