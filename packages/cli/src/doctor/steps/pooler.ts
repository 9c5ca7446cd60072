import { type AzureConnection, detectPooling } from '@azure-pg/core';
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
      return differs === '' ? ok(summary, findings) : { verdict: 'warning', summary, findings };
    } catch (error) {
      signal.throwIfAborted();
      // The connection itself works; what is wrong with the pooled side is worth a warning.
      const outcome = failure(error, target);
      return target === connection ? outcome : { ...outcome, verdict: 'warning' };
    }
  },
};

/** The pooled side where its port is open; else the connection itself, which may go through a pooler nobody spoke of. */
function targetOf(connection: AzureConnection, { openPorts }: Known): AzureConnection | undefined {
  const pooled = connection.pooled();
  if (pooled === connection || openPorts?.pooled === true) return pooled;
  return openPorts?.pooled === false && connection.endpoint.kind !== 'other' ? undefined : connection;
}
