import { type AzureConnection, detectPooling, type Explanation } from '@azure-pg/core';
import { failure } from '../failure.ts';
import type { Finding, StepOutcome } from '../report.ts';
import { connectionOf, type Known, ok, type Step, skipped } from '../step.ts';

/** What pools connections on the way, found out on the live server and compared with what the settings say. */
export const poolerStep: Step = {
  id: 'pooler',
  title: 'Pooler',
  limit: 25_000,
  blocked: ({ session }) => (session === undefined ? 'nobody is signed in' : undefined),
  async run(known, { signal }): Promise<StepOutcome> {
    const connection = connectionOf(known);
    const target = targetOf(connection, known);
    if (target === undefined) return skipped('no pooler answers on its port; the connection itself has none');
    try {
      const found = await detectPooling(target, { signal, connectRetryTimeout: 0 });
      const findings: Finding[] = [
        { label: 'mode', value: found.poolMode },
        {
          label: 'statements',
          value:
            found.preparedStatements === 'unknown'
              ? 'not known whether named ones survive'
              : found.preparedStatements
                ? 'named ones work'
                : 'named ones do not survive a transaction',
        },
        ...(found.maxPreparedStatements === undefined
          ? []
          : [{ label: 'maximum', value: `max_prepared_statements ${found.maxPreparedStatements}` }]),
        { label: 'evidence', value: found.evidence.join(', ') || 'none' },
      ];
      const said = target.pooling.poolMode;
      const differs =
        found.poolMode !== 'unknown' && said !== 'detect' && said !== found.poolMode
          ? `; the settings say ${said}: write pool_mode=${found.poolMode}`
          : '';
      const where = target === connection ? '' : ` on port ${target.hosts[0]?.port}`;
      const summary = `${found.poolMode === 'none' ? 'none' : `${found.poolMode} mode`}${where}${differs}`;
      if (differs === '') return ok(summary, findings);
      return { verdict: 'warning', summary, findings, explanation: otherMode(said, found.poolMode) };
    } catch (error) {
      signal.throwIfAborted();
      // The connection itself works; what is wrong with the pooled side is worth a warning.
      const outcome = failure(error, target);
      return target === connection ? outcome : { ...outcome, verdict: 'warning' };
    }
  },
};

function otherMode(said: string, found: string): Explanation {
  return {
    code: 'pool-mode-differs',
    title: `The settings say pool_mode=${said}, and the server is reached with ${found}`,
    why:
      found === 'none'
        ? 'No pooler is in between: what a session keeps works, and this library refuses or warns of it without need.'
        : `A pooler in ${found} mode is in between. What a session keeps (SET, LISTEN, temporary tables, advisory locks, named statements) can be lost without an error, and nothing warns of it.`,
    fix: [
      `Write pool_mode=${found}, or leave pool_mode and pgbouncer out: Azure’s ports speak for themselves.`,
    ],
    docs: 'https://www.pgbouncer.org/features.html',
  };
}

/** The pooled side where its port is open; else the connection itself, which may go through a pooler nobody spoke of. */
function targetOf(connection: AzureConnection, { openPorts }: Known): AzureConnection | undefined {
  const pooled = connection.pooled();
  if (pooled === connection || openPorts?.pooled === true) return pooled;
  return openPorts?.pooled === false && connection.endpoint.kind !== 'other' ? undefined : connection;
}
