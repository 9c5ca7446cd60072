import { expect } from 'vitest';
import type { Context } from '../context.ts';
import { describeError, errorCodes, rejection } from '../error-chain.ts';

/** The promise rejects with this SQLSTATE, where users of the driver look for it. A failure says what the error was. */
export async function expectSqlState(
  context: Context,
  promise: Promise<unknown>,
  sqlState: string,
): Promise<void> {
  const error = await rejection(promise);
  expect(context.sqlState(error), describeError(error)).toBe(sqlState);
}

/** The promise rejects, and this code is somewhere in the error. */
export async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await rejection(promise);
  expect(errorCodes(error), describeError(error)).toContain(code);
}
