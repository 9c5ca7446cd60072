import { type AzureConnection, AzurePgError, type Explanation, explainError } from '@azure-pg/core';
import { oneLine } from '../terminal.ts';
import type { Finding, StepOutcome } from './report.ts';

/** What is said of an error that stands in no row of the table. */
const unknown: Explanation = {
  code: 'unknown',
  title: 'An error that is not known',
  why: 'What was said stands above; it fits none of the known failures.',
  fix: ['Look the code up; if you find the cause, please tell us, so that the next one is told.'],
  docs: 'https://www.postgresql.org/docs/18/errcodes-appendix.html',
};

/** A failed step, explained as `explainError` explains its error. */
export function failure(
  error: unknown,
  connection: AzureConnection | undefined,
  more: { findings?: readonly Finding[]; explanation?: Explanation | undefined } = {},
): StepOutcome {
  const explanation = more.explanation ?? explainError(error, connection) ?? unknown;
  return {
    verdict: 'failed',
    summary: explanation.title,
    findings: more.findings ?? [],
    explanation,
    said: said(error),
  };
}

/** The words of the one who refused: this library's and servers' own, which hold no secret; of other errors the code alone. */
function said(error: unknown): string | undefined {
  if (error instanceof AzurePgError) {
    const { serverError } = error;
    return oneLine(serverError === undefined ? error.message : `${serverError.code} ${serverError.message}`);
  }
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const word = typeof code === 'string' ? code : name;
  return typeof word === 'string' ? oneLine(word) : undefined;
}
