import type { EmulatorOptions, EmulatorPorts } from './emulator.ts';
import { EmulatorError } from './emulator-error.ts';
import { freePort } from './machine/free-port.ts';

/** Fills in the ports that were left open. */
export async function choosePorts(wanted: EmulatorPorts): Promise<Required<EmulatorPorts>> {
  const choose = async (name: keyof EmulatorPorts): Promise<number> => wanted[name] || (await freePort());
  return {
    direct: await choose('direct'),
    pooled: await choose('pooled'),
    postgres: await choose('postgres'),
    pgbouncer: await choose('pgbouncer'),
    entra: await choose('entra'),
    identity: await choose('identity'),
  };
}

/** Refuses invalid options: EmulatorError INVALID_OPTION. */
export function checkOptions(options: EmulatorOptions): void {
  const invalid = (message: string): EmulatorError => new EmulatorError('INVALID_OPTION', message);
  if (process.platform === 'win32') {
    throw new EmulatorError('POSTGRES_UNAVAILABLE', 'The emulator does not run on Windows itself.', {
      hint: 'Run it, and Node.js, in the Windows Subsystem for Linux (`wsl --install`).',
    });
  }
  const given = Object.entries(options.ports ?? {}).filter(([, port]) => port !== 0 && port !== undefined);
  for (const [name, port] of given) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw invalid(`ports.${name} is not a port: ${port}.`);
  }
  if (new Set(given.map(([, port]) => port)).size < given.length)
    throw invalid('Two of `ports` are the same.');
  if (options.host !== undefined && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(options.host)) {
    throw invalid(`host is not a host name: ${options.host}.`);
  }
  if (!['127.0.0.1', '0.0.0.0', undefined].includes(options.listen)) {
    throw invalid(`listen is "${options.listen}": it must be 127.0.0.1 or 0.0.0.0.`);
  }
  if (options.password === '') throw invalid('password is empty.');
  if (['app', 'azuresu', 'azure_pg_admin'].includes(options.identity?.name ?? '')) {
    throw invalid(`identity.name is "${options.identity?.name}", a role that the emulator reserves.`);
  }
  const { kind = 'managed-identity' } = options.identity ?? {};
  if (!['managed-identity', 'system-managed-identity', 'service-principal'].includes(kind)) {
    throw invalid(
      `identity.kind is "${kind}": the emulator's own identity must get tokens without a person, which only applications can.`,
    );
  }
  const { poolMode } = options.pooler || {};
  if (poolMode !== undefined && !['session', 'transaction', 'statement'].includes(poolMode)) {
    throw invalid(`pooler.poolMode is "${poolMode}": it must be session, transaction or statement.`);
  }
}
