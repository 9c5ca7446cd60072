import type { AzureConnection } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { unshowable } from '../notices/showable.ts';
import type { Explanation } from './explanation.ts';
import { explanationTable } from './explanation-table.ts';
import { type ErrorLink, errorLinks } from './explanations/error-links.ts';
import { type ExplanationRow, matchPattern, type Situation } from './explanations/explanation-row.ts';
import { errorsPage } from './pages.ts';
import { type TokenPrincipal, tokenPrincipalOf } from './token-principal.ts';

/**
 * Says what an error of connecting to PostgreSQL means and how to fix it. Takes what any driver (pg, postgres.js), ORM (Prisma, Drizzle,
 * Kysely, TypeORM, Sequelize), Node.js, @azure/identity or this library throws, and looks through `cause`, `AggregateError.errors` and
 * the other places where they keep the error they came from. The known failures are listed in docs/errors.md.
 *
 * @param connection the connection that was being made; with it the explanation can name host and role and tell more cases apart.
 * @returns undefined if the error is not a known one; never a guess.
 */
export function explainError(error: unknown, connection?: AzureConnection): Explanation | undefined {
  const links = errorLinks(error);
  for (const row of explanationTable) {
    for (const link of links) {
      for (const pattern of row.when) {
        const said = matchPattern(pattern, link, connection);
        if (said !== undefined) {
          const principal = tokenPrincipalOf(error);
          return explanationOf(row, { connection, said, principal, ...ownWords(error, link) });
        }
      }
    }
  }
  return undefined;
}

/** The row as it reads in a situation; with an empty one, as the documentation shows it. */
export function explanationOf(row: ExplanationRow, situation: Situation): Explanation {
  // The words of a server or an identity endpoint may be among them.
  const read = (text: ExplanationRow['title']): string =>
    (typeof text === 'string' ? text : text(situation)).replace(unshowable, ' ');
  return {
    code: row.code,
    title: read(row.title),
    why: read(row.why),
    // A hint can be the very advice of the table.
    fix: [...new Set(row.fix.map(read))].filter((line) => line !== ''),
    docs: `${errorsPage}#${row.code}`,
  };
}

/** Message and hint of the link when this library wrote them: they hold no secrets and know the most. */
function ownWords(error: unknown, link: ErrorLink): Pick<Situation, 'ownMessage' | 'ownHint'> {
  for (let one = error, depth = 0; depth < 10 && one instanceof Error; one = one.cause, depth++) {
    if (one instanceof AzurePgError && one.code === link.code && one.message === link.message) {
      return { ownMessage: one.message, ownHint: one.hint };
    }
  }
  return { ownMessage: undefined, ownHint: undefined };
}

/** The explanation of a known failure by its code, for callers who found it without an error. */
export function explanationFor(
  code: string,
  connection?: AzureConnection,
  principal?: TokenPrincipal,
): Explanation | undefined {
  const row = explanationTable.find((one) => one.code === code);
  const nothing = { said: {}, ownMessage: undefined, ownHint: undefined };
  return row && explanationOf(row, { connection, principal, ...nothing });
}
