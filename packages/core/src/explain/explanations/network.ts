import type { AzureConnection } from '../../connection/connection.ts';
import { pages } from '../pages.ts';
import {
  allPorts,
  type ExplanationRow,
  goesThroughPooler,
  isOnAzure,
  place,
  type Situation,
  serverPort,
} from './explanation-row.ts';

const hostOf = ({ connection, said }: Situation): string =>
  said.host ?? connection?.hosts[0]?.host ?? 'the host';

const namesNoHost = (connection: AzureConnection): boolean =>
  ['host', 'hostaddr'].every((name) => connection.sourceOf(name) === 'default');

const enablePgBouncer =
  'az postgres flexible-server parameter set --resource-group GROUP --server-name NAME --name pgbouncer.enabled --value true';

/** Names, addresses, ports. */
export const networkRows: readonly ExplanationRow[] = [
  {
    code: 'name-not-found',
    when: [{ code: ['ENOTFOUND', 'ENODATA', 'ENONAME'] }],
    title: (s) => `The name ${hostOf(s)} does not resolve`,
    why: ({ connection }) =>
      isOnAzure(connection)
        ? 'Either the server does not exist, or it has private access only and its private DNS zone is not linked to the network this program runs in.'
        : 'No name server has an address for it.',
    fix: [
      'Check the spelling, and that the server exists: az postgres flexible-server list --query "[].fullyQualifiedDomainName".',
      ({ connection }) =>
        connection !== undefined && !isOnAzure(connection)
          ? ''
          : 'For private access: link the private DNS zone (privatelink.postgres.database.azure.com, or the one the server was created with) to this virtual network, and let its DNS servers forward to 168.63.129.16.',
    ],
    docs: pages.privateNetwork,
  },
  {
    code: 'name-service-failed',
    when: [{ code: ['EAI_AGAIN', 'ESERVFAIL', 'EREFUSED', 'ETIMEOUT'] }],
    title: (s) => `The name servers did not answer for ${hostOf(s)}`,
    why: 'Name resolution itself failed, not the name: a DNS server is down, overloaded or unreachable. This often passes.',
    fix: [
      'Try again; then check which DNS servers this machine or virtual network uses, and that they can be reached.',
    ],
    docs: pages.privateNetwork,
  },
  {
    code: 'unix-socket-missing',
    when: [
      { code: ['HOST_UNREACHABLE'], message: /\.s\.PGSQL\.\d+: / },
      { code: ['ENOENT', 'ECONNREFUSED', 'EACCES'], message: /^connect \w+ \S*\.s\.PGSQL\.\d+$/ },
    ],
    title: 'No server listens on the Unix socket',
    why: ({ ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}The host begins with a slash, so it is the folder of a socket on this machine; there is no socket, nothing listens on it, or this account may not use it.`,
    fix: [
      ({ connection }) =>
        `Check the folder and the port, which is part of the socket’s name: .s.PGSQL.${connection?.hosts[0]?.port ?? 5432}.`,
      'For a server elsewhere give its name as host.',
    ],
    docs: `${pages.libpq}#LIBPQ-CONNECT-HOST`,
  },
  {
    code: 'pooler-off',
    when: [{ code: ['ECONNREFUSED'], given: goesThroughPooler }],
    title: (s) => `Nothing listens on the pooler’s port, ${place(s)}`,
    why: 'The machine answers, but not on this port: PgBouncer is not turned on for this server, is not available in its tier (Burstable), or is restarting.',
    fix: [
      `Turn it on: ${enablePgBouncer}`,
      (s) => `Or connect to the server itself, on ${serverPort(s)}.`,
      'If it was on before, try again in a minute: it restarts with scaling, failover and maintenance.',
    ],
    docs: pages.pgbouncer,
  },
  {
    code: 'connection-refused',
    when: [{ code: ['ECONNREFUSED'] }],
    title: (s) => `Nothing listens on ${place(s)}`,
    why: 'The machine answers, but no server listens on this port: a wrong port or address, a server that is stopped, or one that is restarting.',
    fix: [
      ({ connection }) =>
        connection === undefined || !namesNoHost(connection)
          ? ''
          : 'Nothing named a host, so it is this machine: check that the connection string is there (process.env.DATABASE_URL).',
      ({ connection }) =>
        connection !== undefined && !isOnAzure(connection)
          ? 'Check host and port.'
          : 'Check host and port; Azure’s servers listen on 5432 and their pooler on 6432, those of an elastic cluster on 7432 and 8432 as well.',
      ({ connection }) =>
        connection !== undefined && !isOnAzure(connection)
          ? 'Check that the server runs.'
          : 'Check that the server runs: az postgres flexible-server show --resource-group GROUP --name NAME --query state',
      'During a failover it passes within a minute or two: try again.',
    ],
    docs: pages.connect,
  },
  {
    code: 'no-route',
    when: [{ code: ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'] }],
    title: (s) => `There is no route to ${place(s)}`,
    why: 'The address cannot be reached from this network: a private address without peering, VPN or route, or an IPv6 address on a machine without IPv6.',
    fix: [
      'Run the program inside the server’s virtual network or one that is peered with it; or give the server public access with a firewall rule.',
      'On a VPN: check that it is up and routes the server’s range.',
    ],
    docs: pages.privateNetwork,
  },
  {
    code: 'pooler-query-wait',
    when: [{ sqlState: ['08P01', '53300'], message: /^query_wait_timeout$/ }],
    title: 'The pooler had no free server connection in time',
    why: 'All of PgBouncer’s server connections for this database and role were busy for query_wait_timeout (120 s on Azure).',
    fix: [
      'Look for long transactions, above all idle ones: SELECT pid, state, xact_start, query FROM pg_stat_activity ORDER BY xact_start.',
      'Raise pgbouncer.default_pool_size, within max_connections.',
    ],
    docs: pages.pgbouncer,
  },
  {
    code: 'no-answer',
    when: [
      { code: ['ETIMEDOUT', 'CONNECT_TIMEOUT', 'P1002'] },
      { code: ['P1001'], message: /timed out/i },
      {
        message:
          /^(?:timeout expired|timeout exceeded when trying to connect|Connection terminated due to connection timeout)$/,
      },
    ],
    title: (s) => `No answer from ${place(s)} in time`,
    why: (s) =>
      [
        s.ownMessage === undefined ? '' : `${s.ownMessage}.`,
        'Packets that vanish silently point to a firewall: the server’s own (this address has no rule), a network security group, or a network without a route to it.',
        goesThroughPooler(s.connection)
          ? `Or the pooler is not turned on: then its port is closed and ${serverPort(s)} answers.`
          : '',
      ]
        .filter((part) => part !== '')
        .join(' '),
    fix: [
      'azure-pg doctor shows which step hangs.',
      'With public access: allow this machine’s public address in the server’s firewall (it takes effect within 5 minutes).',
      (s) =>
        `With private access: run inside the virtual network, and let its network security groups pass TCP ${allPorts(s)}.`,
      ({ connection }) =>
        goesThroughPooler(connection) ? `Check that the pooler is on: ${enablePgBouncer}` : '',
    ],
    docs: pages.connect,
  },
];
