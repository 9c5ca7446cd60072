/** The driver's option `connect_timeout` as it may be, too: 0.5, or something that has a number as its value each time it is asked. */
export function isOwnTimeout(value: unknown): boolean {
  if (typeof value === 'object' || typeof value === 'function') return value !== null;
  const seconds = Number(value);
  return Number.isFinite(seconds) && !Number.isInteger(seconds);
}

/** Milliseconds of such a timeout; undefined where there is none. Nothing, or something that is not a number, means no limit. */
export function millisecondsOf(timeout: unknown): number | undefined {
  if (timeout === undefined) return undefined;
  return Number(typeof timeout === 'function' ? timeout() : timeout) * 1000 || 0;
}

/** The driver's own error when connecting took too long. */
export function connectTimedOut({ host, port }: { host: string; port: number }, cause: unknown): Error {
  const code = 'CONNECT_TIMEOUT';
  const address = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : host;
  const place = address === host ? { address, port } : { address };
  const error = new Error(`write ${code} ${Object.values(place).join(':')}`, { cause });
  return Object.assign(error, { code, errno: code }, place);
}
