import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import pg from 'pg';
import { type Emulator, type PgBouncerAvailability, pgbouncerAvailable } from '../src/index.ts';

/** Pooler tests are skipped where PgBouncer cannot be had, except in CI, where that is a failure. */
export const pooler: PgBouncerAvailability = await pgbouncerAvailable();
if (!pooler.available && !process.env.CI) console.warn(`Tests of the pooler are skipped: ${pooler.reason}`);
export const skipPooler: boolean = !pooler.available && !process.env.CI;

/** What a test signs in with. */
export interface SignIn {
  readonly user?: string;
  readonly password: string;
  readonly port?: number;
  readonly database?: string;
}

/** A plain node-postgres client at one of the emulator's ports; `port` defaults to the direct gateway. */
export function clientOf(emulator: Emulator, signIn: SignIn): pg.Client {
  const native = signIn.port === emulator.ports.postgres || signIn.port === emulator.ports.pgbouncer;
  const client = new pg.Client({
    host: '127.0.0.1',
    port: signIn.port ?? emulator.ports.direct,
    user: signIn.user ?? emulator.identities[0]?.roleName,
    password: signIn.password,
    database: signIn.database ?? 'postgres',
    ssl: { ca: emulator.ca.pem, servername: native ? 'localhost' : 'local.postgres.database.azure.com' },
  });
  client.on('error', () => {});
  return client;
}

/** Changes what a client will say in its startup packet or its TLS handshake. */
export function withSettings(client: pg.Client, settings: object, tlsSettings: object = {}): pg.Client {
  const { connectionParameters } = client as unknown as { connectionParameters: { ssl: object } };
  Object.assign(connectionParameters, settings);
  Object.assign(connectionParameters.ssl, tlsSettings);
  return client;
}

/** The SQLSTATE of the error that ends a client's session. */
export function endOf(client: pg.Client): Promise<string | undefined> {
  return new Promise((resolve) => client.on('error', (error) => resolve((error as { code?: string }).code)));
}

/** Signs in, runs one statement and leaves; gives the rows. */
export async function rowsOf<Row extends object>(
  emulator: Emulator,
  signIn: SignIn,
  sql = 'SELECT current_user AS role',
): Promise<Row[]> {
  const client = clientOf(emulator, signIn);
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The error that signing in fails with. */
export async function refusalOf(
  emulator: Emulator,
  signIn: SignIn,
): Promise<{ code: string | undefined; message: string } | 'signed in'> {
  try {
    await rowsOf(emulator, signIn);
    return 'signed in';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code, message };
  }
}

/** A bare TCP connection. */
export function tcp(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** TLS at once or on top of a TCP connection. */
export function tls(emulator: Emulator, on: Socket, alpn?: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: on,
      ca: emulator.ca.pem,
      servername: 'local.postgres.database.azure.com',
      ...(alpn !== undefined && { ALPNProtocols: [alpn] }),
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Everything that comes until the other side closes. */
export async function everythingFrom(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    socket.once('end', () => socket.end());
    socket.once('close', () => resolve());
  });
  return Buffer.concat(chunks).toString('latin1');
}

/** The next bytes that come. */
export function nextBytes(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      resolve(chunk);
    });
    socket.once('close', () => reject(new Error('closed')));
    socket.resume();
  });
}

/** A packet that has no type byte: length, code, rest. */
export function packet(code: number, rest = ''): Buffer {
  const body = Buffer.from(rest, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, body]);
}
