/** An identifier of SQL, always in quotes: capitals, blanks, `#EXT#` and quotes in it stay what they are. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string of SQL that means the same whatever standard_conforming_strings says. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** A block of PL/pgSQL, between dollar quotes that nothing in it can end. */
export function block(body: string): string {
  let tag = 'azure_pg';
  while (body.includes(tag)) tag += '_';
  return `DO $${tag}$\n${body.trim()}\n$${tag}$;`;
}

/**
 * psql's command to go on in another database. A name that psql could take for a connection string is put into one, as pg_dump does it
 * (appendPsqlMetaConnect).
 */
export function connectCommand(database: string): string {
  if (/^[\w.]+$/.test(database)) return `\\connect ${identifier(database)}`;
  const value = database.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `\\connect -reuse-previous=on ${identifier(`dbname='${value}'`)}`;
}
