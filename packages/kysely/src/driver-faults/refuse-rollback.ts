/** What is used here of postgres.js' queries; its types leave it out. */
export interface AnsweredQuery {
  resolve(answer: { readonly command?: string }): void;
  reject(reason: unknown): void;
}

export const isCommit = (text: string): boolean => /^\s*commit\s*$/i.test(text);

/** A transaction in which a statement failed is rolled back by its COMMIT. Kysely takes that for done, and does not see what the server answered. */
export function refuseRollback(query: AnsweredQuery): void {
  const { resolve, reject } = query;
  query.resolve = (answer) => {
    if (answer.command !== 'ROLLBACK') resolve.call(query, answer);
    else
      reject.call(
        query,
        new Error('The server answered COMMIT with ROLLBACK: a statement of the transaction had failed'),
      );
  };
}
