/** What is used of the client that a runner runs a query with. */
interface Client {
  releaseConnection(connection: never): Promise<void>;
}

/** What runs one query of Knex's. */
export interface Runner {
  client: Client;
  stream(...values: unknown[]): unknown;
}

/**
 * A runner that gives the connection of a stream back once. Knex does so when the query has ended, and again when the stream closes: by then the pool may have
 * lent it to somebody, and lends it to another one besides, whose queries become part of the first one's transaction.
 */
export function releasingOnce(runner: Runner): Runner {
  const { client, stream } = runner;
  runner.stream = (...values) => {
    let released = false;
    const releaseConnection = async (connection: never | undefined): Promise<void> => {
      // It closes before it has a connection.
      if (released || connection === undefined) return;
      released = true;
      // A stream that is left closes its cursor after this.
      await undefined;
      await client.releaseConnection(connection);
    };
    runner.client = Object.create(client, { releaseConnection: { value: releaseConnection } });
    return stream.apply(runner, values);
  };
  return runner;
}
