/** What of pg's `Connection` is used here; its types leave most of it out. */
export interface StatementConnection {
  parse(query: { text?: string; name?: string }, more?: boolean): void;
  bind(config: { statement?: string }, more?: boolean): void;
  describe(message: { type: string; name?: string }, more?: boolean): void;
  close(message: { type: string; name?: string }, more?: boolean): void;
  /** Which names pg believes to be known to the server. */
  parsedStatements: Record<string, string>;
  /** The same for names that are on their way. Younger versions of pg have it. */
  submittedNamedStatements?: Record<string, string>;
}

/**
 * Makes a connection send every prepared statement without its name. Behind a pooler that keeps no statements a name is unknown to, or
 * already taken on, the server connection that the next transaction gets (26000, 42P05). It is done where the messages are made, so that
 * it holds for all forms of `query()` and changes no object of the caller's. A statement that the caller runs again by its name alone is
 * sent with the text that it had.
 */
export function dropStatementNames(connection: StatementConnection): void {
  const texts = new Map<string, string>();
  const { parse, bind, describe, close } = connection;
  const unnamed = <Message extends { type: string; name?: string }>(message: Message): Message =>
    message.type === 'S' && message.name ? { ...message, name: '' } : message;
  Object.assign(connection, {
    parsedStatements: forgetful(),
    ...(connection.submittedNamedStatements === undefined ? {} : { submittedNamedStatements: forgetful() }),
    parse(query: { text?: string; name?: string }, more?: boolean) {
      if (!query.name) return parse.call(connection, query, more);
      if (query.text) texts.set(query.name, query.text);
      const text = query.text || texts.get(query.name) || '';
      return parse.call(connection, { ...query, text, name: '' }, more);
    },
    bind: (config: { statement?: string }, more?: boolean) =>
      bind.call(connection, config?.statement ? { ...config, statement: '' } : config, more),
    describe: (message: { type: string; name?: string }, more?: boolean) =>
      describe.call(connection, unnamed(message), more),
    close: (message: { type: string; name?: string }, more?: boolean) =>
      close.call(connection, unnamed(message), more),
  });
}

/** A record that forgets what it is told: pg then sends every statement's text again. */
function forgetful(): Record<string, string> {
  return new Proxy<Record<string, string>>(
    {},
    { set: () => true, deleteProperty: () => true, defineProperty: () => true },
  );
}
