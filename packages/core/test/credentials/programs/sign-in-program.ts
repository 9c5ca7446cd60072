// A program of its own, because @azure/identity keeps caches and endpoints for a whole process. It connects when it is told to.
import { inspect } from 'node:util';
import pg from 'pg';
import { signInSource } from '../../../src/credentials/sign-in.ts';
import { type AzurePgError, openConnection, resolveConnection } from '../../../src/index.ts';
import type { Command, Report } from './program.ts';

async function connect({
  url,
  options = {},
  times = 1,
  hostaddr,
  withoutServer = false,
  log = false,
}: Command): Promise<Report> {
  const started = Date.now();
  const lines: string[] = [];
  const note = (...line: unknown[]): void => {
    lines.push(inspect(line, { depth: 9 }));
  };
  const all = log ? { ...options, logger: { debug: note, warn: note } } : options;
  const reports = await Promise.all(
    Array.from({ length: times }, async (): Promise<Report> => {
      try {
        return await connectOnce(url, all, hostaddr, withoutServer);
      } catch (error) {
        const { code, message, hint, serverError } = error as AzurePgError;
        return { ok: false, code, message, hint, sqlState: serverError?.code };
      }
    }),
  );
  return {
    ...(reports.find(({ ok }) => !ok) ?? (reports[0] as Report)),
    milliseconds: Date.now() - started,
    ...(log ? { log: lines.join('\n') } : {}),
  };
}

async function connectOnce(
  url: string | undefined,
  options: object,
  hostaddr: string | undefined,
  withoutServer: boolean,
): Promise<Report> {
  const connection = resolveConnection(url ?? options, url === undefined ? undefined : options);
  if (!withoutServer && hostaddr === undefined) {
    const { socket, user } = await openConnection(connection);
    socket.destroy();
    return { ok: true, user };
  }
  const [host] = connection.hosts;
  if (host === undefined) throw new Error('no host');
  const signIn = await signInSource(connection).get({ signal: AbortSignal.timeout(30_000), host: host.host });
  if (withoutServer) return { ok: true, user: signIn.user };
  const ssl = { ca: process.env.TEST_CA_PEM, servername: host.host };
  const client = new pg.Client({
    ...signIn,
    host: hostaddr,
    port: host.port,
    database: connection.database,
    ssl,
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ role: string }>('select session_user as role');
    return { ok: true, user: rows[0]?.role ?? '' };
  } finally {
    await client.end().catch(() => undefined);
  }
}

process.on('message', (command: Command) => {
  connect(command).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ ok: false, message: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
