/** What went wrong with a connection, why, and how to fix it. Contains no secret: it can be logged and shown. */
export interface Explanation {
  /** Which known failure it is, e.g. "token-expired"; the heading in docs/errors.md. */
  readonly code: string;
  /** What went wrong, in one line. */
  readonly title: string;
  /** Why that happens, in a sentence or two. */
  readonly why: string;
  /** What to do, the most likely first; each a sentence or a command with words in capitals to replace. */
  readonly fix: readonly string[];
  /** This failure on the page of all of them, with the pages of Microsoft or PostgreSQL to read on. */
  readonly docs: string;
}
