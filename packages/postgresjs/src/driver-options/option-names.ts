const words = (text: string): readonly string[] => text.split(' ');

/** What the driver takes from a URL's query, too; and our `query_timeout`, which it has not. */
export const urlOptions: readonly string[] = words(
  'max idle_timeout max_lifetime max_pipeline backoff keep_alive prepare debug fetch_types publications query_timeout',
);

/** What the driver alone knows: its pool, its queries, its events. */
export const ownOptions: ReadonlySet<string> = new Set([
  ...urlOptions,
  ...words('types transform onnotice onnotify onparameter onclose timeout no_prepare'),
]);

/** What says where and how to connect in the driver's own terms rather than libpq's. */
export const whereOptions: readonly string[] = words('connection hostname username pass db path ssl socket');

/** The driver looks further when one of these is empty: a variable of the environment that is not set. */
export const emptyIsNone: ReadonlySet<string> = new Set(
  words('host hostname port path database db user username password pass'),
);

/** An option's value as the driver reads it from a URL's query; a number stays one. */
export function urlOptionValue(text: string): unknown {
  if (text === 'false' || text === 'disable') return false;
  if (text === 'true') return true;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
