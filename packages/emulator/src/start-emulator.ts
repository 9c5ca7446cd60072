import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { EmulatorError } from './emulator-error.ts';
import { checkOptions, choosePorts } from './emulator-options.ts';
import { Directory } from './entra/directory.ts';
import { EntraServer } from './entra/entra.ts';
import { Principals, type Query } from './entra/principals.ts';
import { signingKey } from './entra/signing-key.ts';
import { postgresAudience, TokenIssuer } from './entra/token-issuer.ts';
import { checkToken } from './gateway/check-token.ts';
import { directGateway, pooledGateway } from './gateway/create-gateways.ts';
import { HighAvailability } from './high-availability.ts';
import { giveToServers, serversCanReach } from './machine/server-account.ts';
import { Watchdog } from './machine/watchdog.ts';
import { PgBouncerServer } from './pgbouncer/pgbouncer-server.ts';
import { superuser } from './postgres/data-template.ts';
import { PostgresServer } from './postgres/postgres-server.ts';
import { pgbouncerHandle, postgresHandle } from './server-handles.ts';
import { createCertificateAuthority } from './tls/certificate-authority.ts';

const defaultTenant = '6c6f6361-6c00-4000-a000-617a75726500';
const azureName = 'local.postgres.database.azure.com';
const loopbackNames = ['localhost', '127.0.0.1', '::1'];

type CleanUp = () => unknown;

/**
 * Starts Azure Database for PostgreSQL on this machine: Entra, PostgreSQL and PgBouncer, all on 127.0.0.1 unless `listen` says otherwise.
 *
 * Throws EmulatorError when something it needs is unavailable, and a system error (`EADDRINUSE`) when a port that was asked for is taken;
 * nothing is left running then.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  checkOptions(options);
  for (let attempt = 1; ; attempt += 1) {
    const cleanUps: CleanUp[] = [];
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopping ??= (async () => {
        for (const cleanUp of cleanUps.reverse()) await cleanUp();
      })();
      return stopping;
    };
    try {
      return await start(options, cleanUps, stop);
    } catch (error) {
      await stop().catch(() => {});
      if (attempt === 3 || !lostItsPort(error, options)) throw error;
    }
  }
}

/** Between choosing a free port and using it another process can have taken it; then others are chosen. */
function lostItsPort(error: unknown, { ports = {} }: EmulatorOptions): boolean {
  const { message, port } = error as { message?: string; port?: number };
  if (port !== undefined && Object.values(ports).includes(port)) return false;
  return /address already in use/i.test(message ?? '');
}

async function start(
  options: EmulatorOptions,
  cleanUps: CleanUp[],
  stop: () => Promise<void>,
): Promise<Emulator> {
  const folder = await newFolder();
  const watchdog = new Watchdog(folder);
  cleanUps.push(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    watchdog.dismiss();
  });
  const socketFolder = join(folder, 's');
  await mkdir(socketFolder, { mode: 0o700 });
  await giveToServers(socketFolder);

  const { host = 'localhost', listen = '127.0.0.1' } = options;
  const ports = await choosePorts(options.ports ?? {});
  const names = [...new Set([host, azureName, '*.postgres.database.azure.com', ...loopbackNames])];
  const [ca, gatewayCa, tokenKey, clientCertificateKey] = await Promise.all([
    createCertificateAuthority(),
    createCertificateAuthority('Azure PostgreSQL emulator gateways'),
    signingKey('entra-key'),
    signingKey('client-certificate-key'),
  ]);
  const caFile = join(folder, 'ca.pem');
  // What the machine trusts already, a company's proxy, is trusted still.
  const already = await readFile(process.env.NODE_EXTRA_CA_CERTS ?? '', 'utf8').catch(() => undefined);
  const extraCaFile = already === undefined ? caFile : join(folder, 'extra-ca.pem');
  const [certificate, gatewayCertificate] = await Promise.all([
    ca.issue({ names }),
    gatewayCa.issue({ names: [], commonName: 'azure-pg-gateway', usage: 'client' }),
    writeFile(caFile, ca.pem, { mode: 0o644 }),
    already !== undefined && writeFile(extraCaFile, `${already}\n${ca.pem}`, { mode: 0o644 }),
  ]);

  // The pooler is asked for first: where it cannot be had, nothing else need start.
  const place = { folder, socketFolder, listen, certificate, watchdog };
  const { pooler = {} } = options;
  const pgbouncer =
    pooler === false
      ? undefined
      : await PgBouncerServer.create({
          ...place,
          port: ports.pgbouncer,
          postgresPort: ports.postgres,
          pooler,
        });
  const postgres = await PostgresServer.create({
    ...place,
    port: ports.postgres,
    gatewayAuthority: gatewayCa.pem,
    // Without a standby there is nobody to wait for.
    settings: {
      ...(options.highAvailability && { synchronous_commit: 'on' }),
      ...options.postgres?.settings,
    },
    hba: options.postgres?.hba ?? [],
  });
  const pool = new pg.Pool({
    host: socketFolder,
    port: ports.postgres,
    user: superuser,
    database: 'postgres',
    max: 3,
    ssl: false,
    application_name: 'azure-pg-emulator',
    allowExitOnIdle: true,
  });
  // A stopped server ends idle sessions; the next query opens a new one.
  pool.on('error', () => {});
  // After the server has gone: then no statement is left that the end would have to wait for.
  cleanUps.push(() => pool.end());
  cleanUps.push(() => postgres.stop('immediate'));
  const query: Query = async <Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
    (await pool.query(sql, [...parameters])).rows as Row[];
  const availability = options.highAvailability
    ? await HighAvailability.create({ primary: postgres, query, folder, watchdog })
    : undefined;
  await postgres.start();
  if (pgbouncer !== undefined) {
    cleanUps.push(() => pgbouncer.stop());
    await pgbouncer.start();
  }

  const directory = new Directory((options.tenantId ?? defaultTenant).toLowerCase());
  const issuer = new TokenIssuer(directory, tokenKey, options.tokenLifetime ?? 3600);
  const secret = randomBytes(24).toString('hex');
  const entra = new EntraServer({
    issuer,
    ports,
    listen,
    hosts: [host.toLowerCase(), 'localhost', '127.0.0.1', '[::1]'],
    certificate,
    clientCertificateKey,
    secret,
  });
  const principals = new Principals({
    issuer,
    query,
    folder,
    ca,
    caFile: extraCaFile,
    clientCertificateKey,
    managedIdentityUrl: entra.managedIdentity,
    managedIdentitySecret: secret,
    authorityUrl: `${entra.authority}/`,
  });
  const self = await principals.create({ name: 'local-app', role: { admin: true }, ...options.identity });
  cleanUps.push(() => entra.close());
  await entra.open();

  const common = {
    listen,
    certificate,
    authenticationTimeout: options.authenticationTimeout ?? 30_000,
    authenticate: async (token: string, role: string) =>
      checkToken(token, role, await principals.mappingOf(role), {
        directory,
        key: tokenKey,
        audience: postgresAudience,
      }),
  };
  const direct = directGateway(ports.direct, postgres, ca.pem, gatewayCertificate, common);
  cleanUps.push(() => direct.close());
  await direct.open();
  const pooled = pgbouncer && pooledGateway(ports.pooled, pgbouncer, common);
  if (pooled !== undefined) {
    cleanUps.push(() => pooled.close());
    await pooled.open();
  }

  const database = options.database ?? 'postgres';
  const { password = randomBytes(16).toString('hex') } = options;
  await query(
    `CREATE ROLE app LOGIN CREATEDB CREATEROLE PASSWORD ${pg.escapeLiteral(password)} IN ROLE azure_pg_admin`,
  );
  if (!['postgres', 'template1'].includes(database)) {
    await query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER azure_pg_admin`);
  }
  const path = encodeURIComponent(database);
  // A name that is found by itself says nothing about Azure, and the other way round.
  const where: Record<string, string> = loopbackNames.includes(host)
    ? { auth: 'entra' }
    : { hostaddr: '127.0.0.1' };
  const azureUrl = (port: number, parameters: Record<string, string> = {}): string =>
    `postgresql://${host.includes(':') ? `[${host}]` : host}:${port}/${path}?${search({ ...where, sslrootcert: caFile, ...parameters })}`;
  const native = ({ port }: { port: number }) => ({
    url: `postgresql://app:${encodeURIComponent(password)}@localhost:${port}/${path}?${search({ sslmode: 'verify-full', sslrootcert: caFile })}`,
    user: 'app',
    password,
  });
  const environments = await principals.environmentsFor(self);
  const postgresServer = postgresHandle(postgres, direct, native(postgres));
  const pgbouncerServer = pgbouncer && pooled && pgbouncerHandle(pgbouncer, pooled, native(pgbouncer));
  if (availability !== undefined) {
    cleanUps.push(() => availability.stop());
    await availability.start();
  }

  return {
    url: azureUrl(ports.direct),
    get pooledUrl(): string {
      if (pgbouncer === undefined) {
        const message = 'This emulator has no pooler: it was started with `pooler: false`.';
        throw new EmulatorError('NOT_RUNNING', message);
      }
      const { poolMode, maxPreparedStatements } = pgbouncer;
      // On Azure all three follow from the host and its port.
      return azureUrl(ports.pooled, {
        pool_mode: poolMode,
        max_prepared_statements: String(maxPreparedStatements),
        direct_port: String(ports.direct),
      });
    },
    env: environments.appService,
    environments,
    ca: { ...ca, file: caFile },
    postgres: postgresServer,
    pgbouncer: pgbouncerServer,
    entra,
    get identities() {
      return directory.identities;
    },
    ports,
    folder,
    createIdentity: (identity) => principals.create(identity),
    environmentsFor: (identity) => principals.environmentsFor(identity),
    query,
    failover: async (failover) => {
      if (availability === undefined) {
        const message = 'This emulator has no standby: it was started without `highAvailability: true`.';
        throw new EmulatorError('NOT_RUNNING', message);
      }
      const killPostgres = async (): Promise<void> => {
        await direct.close('keep');
        await postgres.kill();
      };
      return availability.failover(
        { postgres: postgresServer, pgbouncer: pgbouncerServer, killPostgres },
        failover,
      );
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function newFolder(): Promise<string> {
  // A Unix socket's path has at most 103 bytes on macOS, and its name takes up to 20 of them.
  const base = tmpdir().length <= 60 && (await serversCanReach(tmpdir())) ? tmpdir() : '/tmp';
  const folder = await mkdtemp(join(base, 'azure-pg-'));
  // The servers' account must get through, but not see what is in it.
  await chmod(folder, 0o711);
  return folder;
}

/** A query string in which paths stay readable: a slash need not be escaped there. */
const search = (parameters: Record<string, string>): string =>
  new URLSearchParams(parameters).toString().replaceAll('%2F', '/').replaceAll('+', '%20');
