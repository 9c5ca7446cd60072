import { hasStalePlan, isStalePlan, noteStalePlan } from '@azure-pg/core/adapter';
import { type DriverClient, runningQuery, type StatementConnection } from './driver-client.ts';

/** For a pooler that keeps no statements: a name is unknown to, or already taken on, the server connection that the next transaction gets (26000, 42P05). */
export function dropStatementNames(client: DriverClient): void {
  dropNames(client.connection, () => true);
}

/** For a pooler that keeps statements, including those that no longer fit their tables: one of those is sent without its name after it has failed. */
export function dropStaleNames(client: DriverClient): void {
  const texts = dropNames(client.connection, hasStalePlan);
  client.connection.on('errorMessage', (error: unknown) => {
    if (!isStalePlan(error)) return;
    const { text, name = '' } = runningQuery(client) ?? {};
    const stale = text || texts.get(name);
    if (stale !== undefined) noteStalePlan(stale);
  });
}

/**
 * Makes a connection send prepared statements without their names. It is done where the messages are made, so that it applies to all forms of
 * `query()` and changes none of the caller's objects. A statement that the caller runs again by its name only is sent with the text that
 * it had.
 *
 * @param drops whether a statement's text loses its name.
 * @returns the texts that names had.
 */
function dropNames(
  connection: StatementConnection,
  drops: (text: string) => boolean,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const { parse, bind, describe, close } = connection;
  const loses = (name: string | undefined): boolean =>
    Boolean(name) && drops(texts.get(name as string) ?? '');
  const unnamed = <Message extends { type: string; name?: string }>(message: Message): Message =>
    message.type === 'S' && loses(message.name) ? { ...message, name: '' } : message;
  /** What pg notes, without what loses its name: pg then sends that text again. */
  const noted = (): Record<string, string> =>
    new Proxy<Record<string, string>>(
      {},
      {
        get: (own, name: string) => (own[name] === undefined || drops(own[name]) ? undefined : own[name]),
        set: (own, name, text: string) => drops(text) || Reflect.set(own, name, text),
      },
    );
  Object.assign(connection, {
    parsedStatements: noted(),
    ...(connection.submittedNamedStatements === undefined ? {} : { submittedNamedStatements: noted() }),
    parse(query: { text?: string; name?: string }, more?: boolean) {
      if (!query.name) return parse.call(connection, query, more);
      if (query.text) texts.set(query.name, query.text);
      const text = query.text || texts.get(query.name) || '';
      return parse.call(connection, drops(text) ? { ...query, text, name: '' } : query, more);
    },
    bind: (config: { statement?: string }, more?: boolean) =>
      bind.call(connection, loses(config?.statement) ? { ...config, statement: '' } : config, more),
    describe: (message: { type: string; name?: string }, more?: boolean) =>
      describe.call(connection, unnamed(message), more),
    close: (message: { type: string; name?: string }, more?: boolean) =>
      close.call(connection, unnamed(message), more),
  });
  return texts;
}
