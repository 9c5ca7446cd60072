import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Emulator, EmulatorOptions, EmulatorPorts } from './emulator.ts';
import { EmulatorError } from './emulator-error.ts';
import { type FailoverServer, failoverServer } from './failover-server.ts';
import { type Descent, descentOf } from './machine/descent.ts';
import type { SettingValue } from './postgres/postgres-server.ts';
import { startEmulator } from './start-emulator.ts';

const help = `Azure Database for PostgreSQL on your own machine.

Usage: azure-pg-emulator [options] [-- command [arguments]]

Without a command it prints URLs and environment variables and runs until stopped (Ctrl-C, SIGTERM).
With a command it runs the command with these variables set, and ends with the command's exit code.

  --json                         print everything as one line of JSON instead of shell "export" lines
  --user NAME                    managed identity and role that the URLs belong to (default: local-app)
  --host NAME                    name of the server (default: localhost); with another one the URLs have
                                 hostaddr, which only libpq and @azure-pg know
  --listen ADDRESS               127.0.0.1 (default), or 0.0.0.0 for whoever reaches the machine
  --password TEXT                of role app, at PostgreSQL's and PgBouncer's own ports (default: a random one)
  --ca-file PATH                 where the CA's certificate is written to when everything is ready
  --database NAME                database of the URLs, made when it is not there (default: postgres)
  --port NUMBER                  direct connections (default for all ports: any free one)
  --pooled-port NUMBER           connections through PgBouncer
  --postgres-port NUMBER         PostgreSQL itself, with passwords
  --pgbouncer-port NUMBER        PgBouncer itself, with passwords
  --entra-port NUMBER            Entra's authority (https)
  --identity-port NUMBER         managed identity (http)
  --high-availability            with a synchronous standby, for failovers
  --failover-port NUMBER         where to ask for one (http)
  --no-pooler                    without PgBouncer
  --pool-mode MODE               transaction (default), session or statement
  --max-prepared-statements N    default: 0, as on Azure
  --pool-size N                  server connections per database and role (default: 50)
  --adversarial                  every transaction on another server connection than the last
  --setting NAME=VALUE           setting of postgresql.conf; can be repeated
  --pgbouncer-setting NAME=VALUE setting of pgbouncer.ini; can be repeated
  --token-lifetime SECONDS       default: 3600
  --with-parent                  end when the process that started this one has ended (always under npx)
  --help                         show this

Each of these but --help, --setting and --pgbouncer-setting can also stand in the environment: --pooled-port as
AZURE_PG_EMULATOR_POOLED_PORT, --no-pooler as AZURE_PG_EMULATOR_NO_POOLER=1. What is given as an argument wins.

Variables that it sets: DATABASE_URL, POOLED_DATABASE_URL, what @azure/identity needs to get tokens, and with
--high-availability FAILOVER_URL: curl -X POST "$FAILOVER_URL?kind=forced" (or planned).
`;

const flags = {
  json: { type: 'boolean' },
  user: { type: 'string' },
  host: { type: 'string' },
  database: { type: 'string' },
  listen: { type: 'string' },
  password: { type: 'string' },
  'ca-file': { type: 'string' },
  port: { type: 'string' },
  'pooled-port': { type: 'string' },
  'postgres-port': { type: 'string' },
  'pgbouncer-port': { type: 'string' },
  'entra-port': { type: 'string' },
  'identity-port': { type: 'string' },
  'high-availability': { type: 'boolean' },
  'failover-port': { type: 'string' },
  'no-pooler': { type: 'boolean' },
  'pool-mode': { type: 'string' },
  'max-prepared-statements': { type: 'string' },
  'pool-size': { type: 'string' },
  adversarial: { type: 'boolean' },
  setting: { type: 'string', multiple: true },
  'pgbouncer-setting': { type: 'string', multiple: true },
  'token-lifetime': { type: 'string' },
  'with-parent': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** What the command line asks for. */
export interface CommandLine {
  readonly options: EmulatorOptions;
  readonly json: boolean;
  readonly withParent: boolean;
  /** Of what takes requests for failovers; undefined: any free one. */
  readonly failoverPort: number | undefined;
  /** Where a copy of the CA's certificate goes. */
  readonly caFile: string | undefined;
  /** Empty: run until stopped. */
  readonly command: readonly string[];
}

/** Reads the arguments, and the environment for what they leave open; gives 'help' when that is what they ask for. Throws EmulatorError INVALID_OPTION. */
export function parseCommandLine(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): CommandLine | 'help' {
  const split = argv.indexOf('--');
  const own = split === -1 ? [...argv] : argv.slice(0, split);
  const command = split === -1 ? [] : argv.slice(split + 1);
  const given = parse(own);
  if (given.help) return 'help';
  const values = { ...fromEnvironment(environment), ...given };
  if (split !== -1 && command.length === 0)
    throw new EmulatorError('INVALID_OPTION', 'No command follows "--".');
  const number = (name: keyof typeof values): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (typeof text !== 'string' || !/^\d+$/.test(text)) {
      throw new EmulatorError('INVALID_OPTION', `--${name} wants a whole number, not "${String(text)}".`);
    }
    return Number(text);
  };
  const ports: Partial<Record<keyof EmulatorPorts, number>> = {};
  const setPort = (name: keyof EmulatorPorts, value: number | undefined): void => {
    if (value !== undefined) ports[name] = value;
  };
  setPort('direct', number('port'));
  setPort('pooled', number('pooled-port'));
  setPort('postgres', number('postgres-port'));
  setPort('pgbouncer', number('pgbouncer-port'));
  setPort('entra', number('entra-port'));
  setPort('identity', number('identity-port'));
  const poolMode = values['pool-mode'];
  const maxPreparedStatements = number('max-prepared-statements');
  const poolSize = number('pool-size');
  const tokenLifetime = number('token-lifetime');
  const options: EmulatorOptions = {
    ports,
    pooler: values['no-pooler']
      ? false
      : {
          // Checked by startEmulator, as for any caller.
          ...(poolMode !== undefined && { poolMode: poolMode as 'transaction' }),
          ...(maxPreparedStatements !== undefined && { maxPreparedStatements }),
          ...(poolSize !== undefined && { poolSize }),
          ...(values.adversarial && { adversarial: true }),
          settings: settings('pgbouncer-setting', values['pgbouncer-setting']),
        },
    postgres: { settings: settings('setting', values.setting) },
    ...(values['high-availability'] && { highAvailability: true }),
    ...(values.user !== undefined && { identity: { name: values.user } }),
    ...(values.host !== undefined && { host: values.host }),
    ...(values.listen !== undefined && { listen: values.listen as '0.0.0.0' }),
    ...(values.password !== undefined && { password: values.password }),
    ...(values.database !== undefined && { database: values.database }),
    ...(tokenLifetime !== undefined && { tokenLifetime }),
  };
  return {
    options,
    json: values.json ?? false,
    withParent: values['with-parent'] ?? false,
    failoverPort: number('failover-port'),
    caFile: values['ca-file'],
    command,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: flags, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const message = `${cause instanceof Error ? cause.message : String(cause)}.`;
    throw new EmulatorError('INVALID_OPTION', message, { hint: 'See azure-pg-emulator --help.', cause });
  }
}

/** The flags that stand in the environment; an empty variable is none. */
function fromEnvironment(environment: NodeJS.ProcessEnv): ReturnType<typeof parse> {
  const found: Record<string, string | boolean> = {};
  for (const [name, flag] of Object.entries(flags)) {
    if (name === 'help' || 'multiple' in flag) continue;
    const variable = `AZURE_PG_EMULATOR_${name.toUpperCase().replaceAll('-', '_')}`;
    const text = environment[variable];
    if (!text) continue;
    if (flag.type === 'string') found[name] = text;
    else if (['1', 'true'].includes(text)) found[name] = true;
    else if (!['0', 'false'].includes(text))
      throw new EmulatorError('INVALID_OPTION', `${variable} wants 1 or 0, not "${text}".`);
  }
  return found;
}

function settings(flag: string, pairs: readonly string[] = []): Record<string, SettingValue> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new EmulatorError('INVALID_OPTION', `--${flag} wants NAME=VALUE, not "${pair}".`);
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
}

/** What the command has started. */
interface Running {
  readonly emulator: Emulator;
  readonly failovers: FailoverServer | undefined;
}

/** Everything a program needs to use the emulator, as environment variables. */
function emulatorEnvironment({ emulator, failovers }: Running): Record<string, string> {
  return {
    DATABASE_URL: emulator.url,
    ...(emulator.pgbouncer && { POOLED_DATABASE_URL: emulator.pooledUrl }),
    ...(failovers && { FAILOVER_URL: failovers.url }),
    ...emulator.env,
    NODE_EXTRA_CA_CERTS: emulator.environments.clientSecret.NODE_EXTRA_CA_CERTS ?? emulator.ca.file,
  };
}

/** What is printed last, for those who wait for it; documented. */
const readyLine = '# azure-pg-emulator is ready.';

const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function asText(running: Running): string {
  const { emulator } = running;
  const [self] = emulator.identities;
  const { pgbouncer } = emulator;
  const pooling = pgbouncer && new URL(emulator.pooledUrl).searchParams;
  const lines = [
    `# Azure Database for PostgreSQL, on this machine (PostgreSQL ${emulator.postgres.version}).`,
    `# Role: ${self?.roleName}. Ctrl-C ends it.`,
    pooling
      ? `# Pooled: PgBouncer ${pgbouncer.version}, pool_mode=${pooling.get('pool_mode')}, max_prepared_statements=${pooling.get('max_prepared_statements')}.`
      : '# No pooler.',
    `# With a password: ${emulator.postgres.url}`,
    ...Object.entries(emulatorEnvironment(running)).map(
      ([name, value]) => `export ${name}=${shellQuote(value)}`,
    ),
    readyLine,
  ];
  return `${lines.join('\n')}\n`;
}

function asJson({ emulator, failovers }: Running): string {
  const { url, env, environments, ports, folder, identities, postgres, pgbouncer, ca, entra } = emulator;
  return `${JSON.stringify({
    url,
    pooledUrl: pgbouncer ? emulator.pooledUrl : null,
    postgresUrl: postgres.url,
    pgbouncerUrl: pgbouncer?.url ?? null,
    failoverUrl: failovers?.url ?? null,
    env,
    environments,
    role: identities[0]?.roleName,
    tenantId: entra.tenantId,
    authority: entra.authority,
    managedIdentity: entra.managedIdentity,
    caFile: ca.file,
    ports,
    folder,
    pid: process.pid,
    versions: { postgres: postgres.version, pgbouncer: pgbouncer?.version ?? null },
  })}\n`;
}

/** Runs the command `azure-pg-emulator` and gives its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const end = endSignal();
  try {
    const parsed = parseCommandLine(argv);
    if (parsed === 'help') {
      process.stdout.write(help);
      return 0;
    }
    // npx ends on a signal without a word to what it runs.
    const underNpx = process.env.npm_command === 'exec';
    if (parsed.withParent || underNpx) end.with(await startedBy(underNpx));
    // A former one is no sign that this one is ready.
    if (parsed.caFile !== undefined) await rm(parsed.caFile, { force: true });
    const emulator = await startEmulator(parsed.options);
    let failovers: FailoverServer | undefined;
    try {
      if (parsed.options.highAvailability)
        failovers = await failoverServer(emulator, {
          port: parsed.failoverPort,
          listen: parsed.options.listen,
        });
      if (parsed.caFile !== undefined) await writeFile(parsed.caFile, emulator.ca.pem);
      const running: Running = { emulator, failovers };
      if (parsed.command.length > 0) return await runCommand(parsed.command, running, end);
      // A reader that went away does not end the emulator.
      process.stdout.on('error', () => {});
      process.stdout.write(parsed.json ? asJson(running) : asText(running));
      await end.promise;
      return 0;
    } finally {
      failovers?.close();
      await emulator.stop();
    }
  } catch (error) {
    process.stderr.write(`azure-pg-emulator: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof EmulatorError && error.code === 'INVALID_OPTION' ? 2 : 1;
  } finally {
    end.dispose();
  }
}

interface End {
  readonly promise: Promise<NodeJS.Signals>;
  /** Ends when one of these has another parent than it had, or is no more. */
  with(line: readonly Descent[]): void;
  dispose(): void;
}

/** Milliseconds. Linux tells who is whose parent at no cost, other systems by a program. */
const checkInterval = process.platform === 'linux' ? 250 : 1000;

/** This process, and under npx the shell that npm starts everything with, which outlives an npx that is killed. */
async function startedBy(underNpx: boolean): Promise<Descent[]> {
  const own: Descent = { pid: process.pid, parent: process.ppid, name: 'node' };
  const parent = underNpx ? await descentOf(own.parent) : undefined;
  return parent !== undefined && /^-?(ba|da|z|k|a)?sh$/.test(parent.name) ? [own, parent] : [own];
}

/** Resolves when something asks this process to end. */
function endSignal(): End {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const { promise, resolve } = deferred<NodeJS.Signals>();
  for (const signal of signals) process.on(signal, resolve);
  let timer: NodeJS.Timeout | undefined;
  // Only signals and the emulator's servers would keep a process alive; the wait itself must, too.
  const awake = setInterval(() => {}, 1 << 30);
  return {
    promise,
    with: ([own, ...above]) => {
      timer = setInterval(async () => {
        if (process.ppid !== own?.parent) return resolve('SIGHUP');
        for (const { pid, parent } of above) if ((await descentOf(pid))?.parent !== parent) resolve('SIGHUP');
      }, checkInterval);
    },
    dispose: () => {
      for (const signal of signals) process.off(signal, resolve);
      clearInterval(timer);
      clearInterval(awake);
    },
  };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function runCommand(command: readonly string[], running: Running, end: End): Promise<number> {
  return new Promise((resolve) => {
    const [file = '', ...args] = command;
    const env = { ...process.env, ...emulatorEnvironment(running) };
    const child = spawn(file, args, { stdio: 'inherit', env });
    void end.promise.then((signal) => child.kill(signal));
    child.once('error', (error) => {
      process.stderr.write(`azure-pg-emulator: ${file} could not be started: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
