import { type AddressInfo, createServer } from 'node:net';
import { openConnection, resolveConnection } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AzurePgInstrumentation } from '../src/index.ts';
import { ofSdk, Telemetry } from './telemetry.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

let telemetry: Telemetry;
let stop: () => void;
beforeEach(() => {
  telemetry = new Telemetry();
  // Assignable to what OpenTelemetry takes.
  const instrumentation: Instrumentation = new AzurePgInstrumentation();
  const { tracerProvider, meterProvider } = telemetry;
  stop = registerInstrumentations({ instrumentations: [instrumentation], tracerProvider, meterProvider });
});
afterEach(async () => {
  stop();
  await telemetry.stop();
});

/** With the role's name, which would otherwise be found out with a token of its own. */
const urlOf = (user = emulator.identities[0]?.roleName ?? '') => {
  const url = new URL(emulator.url);
  url.username = user;
  return url.href;
};
const credential = () => emulator.entra.credential();
const at = () => {
  const [host] = resolveConnection(emulator.url, {}, emulator.env).hosts;
  return {
    'db.system.name': 'postgresql',
    'db.namespace': resolveConnection(emulator.url, {}, emulator.env).database,
    'server.address': host?.host,
    'server.port': host?.port,
  };
};
const seconds = (histogram: number | Histogram | undefined) => histogram as Histogram;
const connects = () => telemetry.spans(`CONNECT ${at()['db.namespace']}`);

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a connect with a token', () => {
  it.each(['pg', 'postgres.js'])(
    'through %s: spans below the one it ran in, and what both took',
    async (name) => {
      const tracer = telemetry.tracerProvider.getTracer('test');
      const request = tracer.startSpan('request');
      await context.with(trace.setSpan(context.active(), request), async () => {
        if (name === 'pg') {
          const pool = new Pool({ connectionString: urlOf(), credential: credential(), max: 3 });
          await Promise.all([1, 2, 3].map(() => pool.query('select pg_sleep(0.2)')));
          await pool.end();
        } else {
          const sql = postgres(urlOf(), { credential: credential(), max: 3 });
          await Promise.all([1, 2, 3].map(() => sql`select pg_sleep(0.2)`));
          await sql.end();
        }
      });
      request.end();

      expect(connects()).toHaveLength(3);
      for (const span of connects()) {
        expect(span.kind).toBe(SpanKind.CLIENT);
        expect(span.attributes).toEqual(at());
        expect(span.status.code).toBe(SpanStatusCode.UNSET);
        expect(span.duration[0] + span.duration[1]).toBeGreaterThan(0);
        expect(span.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
      }
      const [token, ...others] = telemetry.spans('azure_pg.token.request');
      expect(others).toEqual([]);
      expect(token?.attributes).toMatchObject({ 'azure_pg.token.reason': 'first' });
      expect(token?.parentSpanContext?.spanId).toBe(request.spanContext().spanId);

      const [created, ...more] = await telemetry.points('db.client.connection.create_time');
      expect(more).toEqual([]);
      const { 'server.address': host, 'server.port': port, 'db.namespace': database } = at();
      expect(created?.attributes).toEqual({
        ...at(),
        'db.client.connection.pool.name': `${host}:${port}/${database}`,
      });
      expect(seconds(created?.value).count).toBe(3);
      const longest = Math.max(...connects().map(({ duration }) => duration[0] + duration[1] / 1e9));
      expect(seconds(created?.value).max).toBeCloseTo(longest, 1);
      expect(seconds(created?.value).buckets.boundaries).toContain(0.1);

      const waits = await telemetry.points('azure_pg.token.wait_time');
      expect(waits.reduce((sum, { value }) => sum + seconds(value).count, 0)).toBe(3);
      const [asked] = await telemetry.points('azure_pg.token.request.duration');
      expect(seconds(asked?.value).count).toBe(1);
    },
  );

  it('leaves no trace of the token or the role', async () => {
    const pool = new Pool({ connectionString: emulator.url, credential: credential() });
    await pool.query('select 1');
    await pool.end();
    const text = await telemetry.everything();
    expect(text).toContain('create_time');
    expect(text).not.toContain('eyJ');
    for (const { roleName } of emulator.identities) expect(text).not.toContain(roleName);
  });
});

describe('a connect that fails', () => {
  it('says with which SQLSTATE the server refused', async () => {
    const url = new URL(emulator.url);
    url.pathname = '/not_there';
    const pool = new Pool({ connectionString: url.href, credential: credential() });
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: '3D000' });
    await pool.end();
    const [span, ...others] = telemetry.spans('CONNECT not_there');
    expect(others).toEqual([]);
    expect(span?.status).toMatchObject({
      code: SpanStatusCode.ERROR,
      message: expect.stringContaining('not_there'),
    });
    const attributes = {
      ...at(),
      'db.namespace': 'not_there',
      'error.type': '3D000',
      'db.response.status_code': '3D000',
    };
    expect(span?.attributes).toEqual(attributes);
    expect(await telemetry.points('azure_pg.connection.failures')).toMatchObject([{ value: 1, attributes }]);
    expect(await telemetry.points('db.client.connection.create_time')).toEqual([]);
  });

  it('says why nobody was reached, and how often it was tried', async () => {
    const options = {
      host: 'x.postgres.database.azure.com',
      hostaddr: '127.0.0.1',
      port: await closedPort(),
    };
    const sql = postgres({
      ...options,
      user: 'u',
      database: 'd',
      password: 'p4ssw0rd',
      connect_retry_timeout: 1,
    } as never);
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await sql.end();
    const [span] = telemetry.spans('CONNECT d');
    const attributes = { 'server.address': options.host, 'server.port': options.port, 'db.namespace': 'd' };
    expect(span?.attributes).toMatchObject({ ...attributes, 'error.type': 'HOST_UNREACHABLE' });
    const [retries] = await telemetry.points('azure_pg.connection.retries');
    expect(retries?.attributes).toMatchObject({
      'server.address': options.host,
      'server.port': options.port,
      'error.type': 'HOST_UNREACHABLE',
    });
    expect(retries?.value).toBeGreaterThan(0);
    expect(await telemetry.everything()).not.toContain('p4ssw0rd');
  });

  it('because there is no token: both say so', async () => {
    const failing = {
      getToken: () =>
        Promise.reject(Object.assign(new Error('no identity here'), { name: 'CredentialUnavailableError' })),
    };
    const connection = resolveConnection(emulator.url, { credential: failing, connect_retry_timeout: 0 }, {});
    await expect(openConnection(connection)).rejects.toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    const [token] = telemetry.spans('azure_pg.token.request');
    expect(token?.attributes).toMatchObject({
      'error.type': 'TOKEN_UNAVAILABLE',
      'azure_pg.token.reason': 'first',
    });
    expect(token?.status.code).toBe(SpanStatusCode.ERROR);
    expect(connects()[0]?.attributes).toMatchObject({ 'error.type': 'TOKEN_UNAVAILABLE' });
    const [duration] = await telemetry.points('azure_pg.token.request.duration');
    expect(duration?.attributes).toMatchObject({ 'error.type': 'TOKEN_UNAVAILABLE' });
  });

  it('because the server refused the token', async () => {
    const getToken = async () => ({
      token: await emulator.entra.issueToken({ audience: 'https://another.example' }),
      expiresOnTimestamp: Date.now() + 3_600_000,
    });
    const connection = resolveConnection(urlOf(), { credential: { getToken } }, {});
    await expect(openConnection(connection)).rejects.toMatchObject({ code: 'SERVER_REFUSED' });
    expect(connects()[0]?.attributes).toMatchObject({ 'error.type': expect.stringMatching(/^28/) });
    const [refusals] = await telemetry.points('azure_pg.token.refusals');
    expect(refusals?.value).toBeGreaterThan(0);
    // A fresh one was tried.
    const reasons = telemetry
      .spans('azure_pg.token.request')
      .map(({ attributes }) => attributes['azure_pg.token.reason']);
    expect(reasons).toEqual(['first', 'refused']);
  });
});

it('a server that was restarted is another one', async () => {
  const pool = new Pool({ connectionString: urlOf(), credential: credential() });
  await pool.query('select 1');
  await emulator.postgres.restart();
  const changes = () => telemetry.points('azure_pg.server.changes');
  await expect.poll(async () => (await changes()).length, { timeout: 10_000 }).toBeGreaterThan(0);
  const [change] = await changes();
  const { 'server.address': host, 'server.port': port } = at();
  expect(change?.attributes).toEqual({
    'db.system.name': 'postgresql',
    'server.address': host,
    'server.port': port,
    'azure_pg.change.reason': '57P01',
  });
  await pool.end();
});

describe('the providers', () => {
  it('are the global ones where none are given, whenever those are set', async () => {
    const instrumentation = new AzurePgInstrumentation();
    const pool = new Pool({ connectionString: emulator.url, credential: credential(), max: 1 });
    const globally = new Telemetry();
    try {
      await pool.query('select 1');
      ofSdk.trace.setGlobalTracerProvider(globally.tracerProvider);
      ofSdk.metrics.setGlobalMeterProvider(globally.meterProvider);
      const other = new Pool({ connectionString: emulator.url, credential: credential() });
      await other.query('select 1');
      await other.end();
      expect(globally.spans(`CONNECT ${at()['db.namespace']}`)).toHaveLength(1);
      const [created] = await globally.points('db.client.connection.create_time');
      expect(seconds(created?.value).count).toBe(1);
    } finally {
      instrumentation.disable();
      await pool.end();
      ofSdk.trace.disable();
      ofSdk.metrics.disable();
      await globally.stop();
    }
  });

  it('that throw do not end the process, nor fail the connect', async () => {
    const said: unknown[] = [];
    const note = (text: string) => said.push(text);
    ofSdk.diag.setLogger({ error: note, warn: note, info: () => {}, debug: () => {}, verbose: () => {} });
    const instrumentation = new AzurePgInstrumentation();
    instrumentation.setTracerProvider({
      getTracer() {
        throw new Error('of the provider');
      },
    });
    try {
      const pool = new Pool({ connectionString: urlOf(), credential: credential() });
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await pool.end();
      expect(said).toContain('@azure-pg/opentelemetry could not record azure-pg:connection.opened');
    } finally {
      instrumentation.disable();
      ofSdk.diag.disable();
    }
  });

  it('get nothing while it is disabled, and each connect once', async () => {
    const connect = async () => {
      const pool = new Pool({ connectionString: emulator.url, credential: credential() });
      await pool.query('select 1');
      await pool.end();
    };
    const { tracerProvider, meterProvider } = telemetry;
    stop();
    await connect();
    expect(telemetry.spans()).toEqual([]);
    const disabled = new AzurePgInstrumentation({ enabled: false });
    disabled.setTracerProvider(tracerProvider);
    disabled.setMeterProvider(meterProvider);
    await connect();
    expect(telemetry.spans()).toEqual([]);
    disabled.enable();
    disabled.enable();
    await connect();
    disabled.disable();
    await connect();
    expect(connects()).toHaveLength(1);
    expect(disabled.getConfig()).toEqual({ enabled: false });
  });
});
