// The servers of a measurement, in a process of their own; they end with the process that started this one.
import { readFileSync } from 'node:fs';
import { startEmulator } from '@azure-pg/emulator';
import { type Servers, tokenDelay } from './servers.ts';

const emulator = await startEmulator({
  pooler: { maxPreparedStatements: 200 },
  postgres: { settings: { max_connections: 300 } },
});
const { postgres, pgbouncer, ca, environments } = emulator;
const principal = await emulator.createIdentity({ name: 'bench-app', kind: 'service-principal' });
const ofPrincipal = await emulator.environmentsFor(principal);
const role = 'local-app';
if (pgbouncer === undefined) throw new Error('There is no PgBouncer.');
const described: Omit<Servers, 'stop'> = {
  postgresVersion: postgres.version,
  pgbouncerVersion: pgbouncer.version,
  user: postgres.user,
  password: postgres.password,
  ca: readFileSync(ca.file, 'utf8'),
  caFile: ca.file,
  direct: { url: postgres.url, port: postgres.port },
  pooled: {
    url: `${pgbouncer.url}&pool_mode=transaction&max_prepared_statements=200&direct_port=${postgres.port}`,
    port: pgbouncer.port,
  },
  entra: { url: emulator.url, port: emulator.ports.direct },
  identities: {
    'App Service': { env: environments.appService, role },
    'workload identity': { env: environments.workloadIdentity, role },
    'service principal': { env: ofPrincipal.clientSecret, role: principal.name },
  },
  role,
  token: await emulator.entra.issueToken(),
};
emulator.entra.fail('slow', { delay: tokenDelay });
process.on('disconnect', () => void emulator.stop());
process.send?.(described);
