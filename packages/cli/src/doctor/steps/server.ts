import { explanationFor } from '@azure-pg/core/tooling';
import { oneLine } from '../../terminal.ts';
import { failure } from '../failure.ts';
import type { Finding, StepOutcome } from '../report.ts';
import { connectionOf, ok, type Step } from '../step.ts';

// One round trip; through a pooler in statement mode as well.
const question = `select current_setting('server_version'), current_user, current_database(),
  (select coalesce(version || ', ' || cipher, 'none') from pg_stat_ssl where pid = pg_backend_pid()),
  current_setting('max_connections'),
  (select count(*) from pg_stat_activity where backend_type = 'client backend'),
  pg_is_in_recovery(), current_setting('default_transaction_read_only')`;

/** From this share of max_connections on it is worth a warning. */
const nearlyFull = 0.9;

/** What is behind the sign-in: version, role, encryption as the server sees it, room for connections, whether it can be written to. */
export const serverStep: Step = {
  id: 'server',
  title: 'Server',
  limit: 10_000,
  blocked: ({ session }) => (session === undefined ? 'nobody is signed in' : undefined),
  async run(known): Promise<StepOutcome> {
    const connection = connectionOf(known);
    const { session, conceal } = known;
    if (session === undefined || conceal === undefined) throw new Error('no session');
    let row: readonly (string | null)[];
    try {
      const [result] = await session.query(question);
      row = result?.rows[0] ?? [];
    } catch (error) {
      return failure(error, connection);
    }
    const [version = '?', role = '?', database = '?', ssl = '?', max = '?', used = '?', recovery, readOnly] =
      row.map((value) => oneLine(conceal(value ?? '?')));
    const pooled = connection.pooling.poolMode !== 'none';
    const findings: Finding[] = [
      { label: 'version', value: `PostgreSQL ${version}` },
      { label: 'role', value: `${role}, in database ${database}` },
      // Behind a pooler this is the pooler's own connection.
      {
        label: 'encryption',
        value: `${ssl}${pooled ? ' (between pooler and server)' : ' (as the server sees it)'}`,
      },
      { label: 'connections', value: `${used} of ${max}` },
      {
        label: 'writable',
        value: recovery === 't' ? 'no, a standby' : readOnly === 'on' ? 'no, read-only by default' : 'yes',
      },
    ];
    const summary = `PostgreSQL ${version}, ${used} of ${max} connections used`;
    if ((recovery === 't' || readOnly === 'on') && !wantsReadOnly(connection.targetSessionAttrs)) {
      const explanation = explanationFor('read-only', connection);
      return { verdict: 'warning', summary: `${summary}; it is read-only`, findings, explanation };
    }
    if (Number(used) >= Number(max) * nearlyFull) {
      return {
        verdict: 'warning',
        summary,
        findings,
        explanation: explanationFor('too-many-clients', connection),
      };
    }
    return ok(summary, findings);
  },
};

const wantsReadOnly = (attrs: string): boolean => ['read-only', 'standby', 'prefer-standby'].includes(attrs);
