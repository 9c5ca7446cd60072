import { type AzureConnection, resolveConnection } from '@azure-pg/core';
import { oneLine } from '../../terminal.ts';
import { failure } from '../failure.ts';
import type { Finding, StepOutcome } from '../report.ts';
import { ok, type Step } from '../step.ts';

/** What the settings say, and who said it. */
export const settingsStep: Step = {
  id: 'settings',
  title: 'Settings',
  limit: 5_000,
  run(known, { url, env }): StepOutcome {
    try {
      known.connection = resolveConnection(url, undefined, env);
    } catch (error) {
      return failure(error, undefined);
    }
    const { connection } = known;
    const findings = findingsOf(connection);
    if (url === undefined && connection.sourceOf('host') === 'default') {
      return {
        verdict: 'warning',
        summary: `nothing names a server; ${placeOf(connection)} is assumed`,
        findings,
        explanation: {
          code: 'no-server-named',
          title: 'Nothing names a server',
          why: 'Neither the command line nor DATABASE_URL, PGHOST or AZURE_POSTGRESQL_HOST says where the server is.',
          fix: ['azure-pg doctor postgresql://NAME.postgres.database.azure.com/postgres'],
          docs: 'https://www.postgresql.org/docs/18/libpq-envars.html',
        },
      };
    }
    return ok(placeOf(connection), findings);
  },
};

const placeOf = (connection: AzureConnection): string =>
  oneLine(connection.hosts.map(({ host, port }) => `${host}:${port}`).join(', '));

function findingsOf(connection: AzureConnection): Finding[] {
  const { hosts, database, user, auth, tls, pooling, entra, connectTimeout, endpoint } = connection;
  const rows: [label: string, setting: string, value: string][] = [
    ['host', 'host', hosts.map(({ host }) => host).join(', ')],
    ['port', 'port', [...new Set(hosts.map(({ port }) => port))].join(', ')],
    ...(hosts.some(({ hostaddr }) => hostaddr)
      ? [
          ['address', 'hostaddr', hosts.map(({ hostaddr }) => hostaddr ?? '').join(', ')] as [
            string,
            string,
            string,
          ],
        ]
      : []),
    ['database', 'dbname', database ?? '(the role’s name)'],
    ['user', 'user', user ?? '(named by the token)'],
    ['sign-in', 'auth', auth],
    ['sslmode', 'sslmode', tls.mode],
    [
      'roots',
      tls.trust === 'azure' ? 'trust' : 'sslrootcert',
      tls.trust === 'azure'
        ? 'Azure’s alone'
        : tls.rootCertificates.length === 0
          ? 'Node.js, the system’s and Azure’s'
          : tls.rootCertificates
              .map((root) => (root.includes('-----BEGIN') ? '(inline PEM)' : root))
              .join(', '),
    ],
    [
      'pooler',
      'pool_mode',
      pooling.poolMode === 'none'
        ? 'none'
        : `${pooling.poolMode} mode, max_prepared_statements ${pooling.maxPreparedStatements}`,
    ],
    ...(auth === 'entra' ? [['scope', 'scope', entra.scope] as [string, string, string]] : []),
    ['deadline', 'connect_timeout', connectTimeout === 0 ? 'none' : `${connectTimeout / 1000} s`],
  ];
  const findings = rows.map(([label, setting, value]) => ({
    label,
    value: `${oneLine(value)} (${connection.sourceOf(setting) ?? 'default'})`,
  }));
  const kind = kinds[endpoint.kind];
  if (kind !== undefined) findings.push({ label: 'server', value: kind });
  return findings;
}

const kinds: Readonly<Record<string, string>> = {
  'flexible-server': 'Azure Database for PostgreSQL flexible server',
  'cosmos-cluster': 'Azure Cosmos DB for PostgreSQL',
  horizondb: 'Azure HorizonDB',
};
