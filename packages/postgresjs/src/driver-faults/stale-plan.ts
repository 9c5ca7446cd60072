import { hasStalePlan, isStalePlan, noteStalePlan } from '@azure-pg/core/adapter';
import type { Query } from './query.ts';

/** Sends without a name what the pooler is known to keep a stale plan of. */
export function avoidStalePlan(query: Query): void {
  if (hasStalePlan(textOf(query))) unname(query);
}

/**
 * Whether a query failed only because the pooler keeps a stale plan of it, and can be sent again, without a name: nothing of it was executed, and
 * the driver does the same where there is no pooler.
 */
export function recoversFromStalePlan(query: Query, error: unknown, inTransaction: boolean): boolean {
  if (!isStalePlan(error) || query.options.prepare === false) return false;
  noteStalePlan(textOf(query));
  if (inTransaction) return false;
  unname(query);
  query.retried = undefined;
  return true;
}

function unname(query: Query): void {
  query.options = { ...query.options, prepare: false };
}

const textOf = (query: Query): string => query.strings.join('?');
