/** The page of known failures, each with its code as its anchor: docs/errors.md, as .github/workflows/site.yml publishes it. */
export const errorsPage = 'https://azure-pg.github.io/azure-pg-node/errors';

/** Microsoft's and PostgreSQL's pages that more than one text points at. */
export const pages = {
  connect:
    'https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-troubleshoot-common-connection-issues',
  firewall: 'https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-firewall-rules',
  privateNetwork: 'https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-private',
  tls: 'https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-ssl-tls',
  entra: 'https://learn.microsoft.com/azure/postgresql/security/security-entra-configure',
  entraRoles: 'https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users',
  pgbouncer: 'https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-pgbouncer',
  preparedStatements: 'https://www.pgbouncer.org/config.html#max_prepared_statements',
  limits: 'https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-limits',
  availability: 'https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-business-continuity',
  identity: 'https://aka.ms/azsdk/js/identity/troubleshoot',
  managedIdentity: 'https://aka.ms/azsdk/js/identity/managedidentitycredential/troubleshoot',
  entraCodes: 'https://learn.microsoft.com/entra/identity-platform/reference-error-codes',
  keyVaultReference: 'https://learn.microsoft.com/azure/app-service/app-service-key-vault-references',
  keyVault: 'https://learn.microsoft.com/azure/key-vault/general/rbac-guide',
  libpq: 'https://www.postgresql.org/docs/18/libpq-connect.html',
  libpqSsl: 'https://www.postgresql.org/docs/18/libpq-ssl.html',
  sqlStates: 'https://www.postgresql.org/docs/18/errcodes-appendix.html',
} as const;
