const major = (version: string): number => Number.parseInt(version, 10);

/** `sslnegotiation=direct`: https://www.postgresql.org/docs/17/release-17.html */
export const knowsDirectTls = (version: string): boolean => major(version) >= 17;

/** A locale provider of its own, which is the same on every machine: likewise. */
export const hasBuiltinLocales = (version: string): boolean => major(version) >= 17;
