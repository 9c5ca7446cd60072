import type { ProbeReply, ProbeSession } from './probe-session.ts';

/** A backend, told apart from every other one of any server: its process id and the microsecond in which it was started. */
export interface Backend {
  readonly pid: number;
  readonly startedAt: string;
}

export function isSameBackend(a: Backend, b: Backend): boolean {
  return a.pid === b.pid && a.startedAt === b.startedAt;
}

/** What one session sees of another backend, and its own backend at that moment. */
export interface Sighting {
  readonly self: Backend;
  /** The other's last query; undefined where the server does not show it or has no such backend. */
  readonly lastQuery: string | undefined;
  readonly alive: boolean;
}

/** Begins every query that is sent while detecting, so that administrators who meet one know what it is. */
export const probeMark = '/* azure-pg: detecting the pool mode';

// The function is what pg_stat_activity is made of, but looks at one backend instead of all. Everybody may call it; those without the role of
// a backend see no query of it.
const ownActivity = 'pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) s';
const identity = `s.pid, (extract(epoch from s.backend_start) * 1000000)::bigint`;

/** Asks which backend the session is on. `marker` becomes the backend's last query. */
export async function ownBackend(session: ProbeSession, marker: string): Promise<Backend | undefined> {
  const sql = `${marker} select ${identity} from ${ownActivity}`;
  return readBackend(await session.query(sql));
}

/** Lets `session` look at `other`. */
export async function look(session: ProbeSession, other: Backend): Promise<Sighting | undefined> {
  const columns = `${identity}, s.query`;
  const self = `select true, ${columns} from ${ownActivity}`;
  const that = `select false, ${columns} from pg_catalog.pg_stat_get_activity(${other.pid}) s`;
  const { rows, error } = await session.query(`${probeMark} */ ${self} union all ${that}`);
  if (error !== undefined) return undefined;
  const own = rows.find(([isSelf]) => isSelf === 't');
  // Without track_activities, queries that are shown are stale.
  if (own === undefined || !own[3]?.startsWith(probeMark)) return undefined;
  const seen = rows.find(([isSelf, pid, startedAt]) => {
    return isSelf === 'f' && Number(pid) === other.pid && startedAt === other.startedAt;
  });
  const query = seen?.[3];
  return {
    self: { pid: Number(own[1]), startedAt: String(own[2]) },
    alive: seen !== undefined,
    lastQuery: query === '' || query === '<insufficient privilege>' ? undefined : (query ?? undefined),
  };
}

/** Parses and runs a named statement that gives its backend and the names by which that knows this statement. */
export function runNamedProbe(session: ProbeSession, name: string): Promise<ProbeReply> {
  return session.runNamed(
    name,
    `${probeMark}, prepared */ select ${identity}, p.name from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) s left join pg_catalog.pg_prepared_statements p on p.statement like '${probeMark}, prepared%'`,
  );
}

export function readBackend({ rows, error }: ProbeReply): Backend | undefined {
  const [pid, startedAt] = rows[0] ?? [];
  if (error !== undefined || pid == null || startedAt == null) return undefined;
  return { pid: Number(pid), startedAt };
}
