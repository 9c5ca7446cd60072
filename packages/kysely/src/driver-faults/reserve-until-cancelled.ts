import type postgres from '@azure-pg/postgresjs';
import type { Open } from '../direct-capable-driver.ts';
import { type AnsweredQuery, isCommit, refuseRollback } from './refuse-rollback.ts';

/** What is used of postgres.js' queries; its types leave it out. */
interface CancellableQuery extends AnsweredQuery {
  canceller: ((query: CancellableQuery) => Promise<void>) | null;
}

/**
 * Gives the same instances, whose reserved connections stay reserved until every request to cancel a query of theirs is done. postgres.js does not wait
 * for such a request: it would reach the connection when another caller's query runs there.
 */
export function reserveUntilCancelled(
  open: Open<postgres.Sql>,
): (...options: Parameters<Open<postgres.Sql>>) => Promise<postgres.Sql> {
  return async (...options) => withWaitingRelease(await open(...options));
}

function withWaitingRelease(sql: postgres.Sql): postgres.Sql {
  const reserve = async (): Promise<postgres.ReservedSql> => {
    const reserved = await sql.reserve();
    const { unsafe, release } = reserved;
    const requests = new Set<Promise<void>>();
    return Object.assign(reserved, {
      unsafe(...values: Parameters<typeof unsafe>) {
        const query = unsafe(...values) as ReturnType<typeof unsafe> & CancellableQuery;
        if (isCommit(values[0])) refuseRollback(query);
        const { canceller } = query;
        if (canceller !== null) {
          query.canceller = (cancelled) => {
            // Where the request cannot be made the query goes on, and its own end tells.
            const request = canceller(cancelled).catch(() => {});
            requests.add(request);
            return request.finally(() => requests.delete(request));
          };
        }
        return query;
      },
      release: () => (requests.size === 0 ? release() : void Promise.all(requests).then(release)),
    });
  };
  return new Proxy(sql, {
    get: (instance, name) => (name === 'reserve' ? reserve : Reflect.get(instance, name)),
  });
}
