import type { ExplanationRow } from './explanations/explanation-row.ts';
import { networkRows } from './explanations/network.ts';
import { serverRows } from './explanations/server.ts';
import { settingsRows } from './explanations/settings.ts';
import { signInRows } from './explanations/sign-in.ts';
import { tlsRows } from './explanations/tls.ts';
import { tokenRows } from './explanations/token.ts';

/**
 * Every known failure, one row each. The first row that fits an error of the chain wins, so the more telling ones come first: what this
 * library refused, then the token, then what the server said, then TLS, then the network, then how connections end.
 */
export const explanationTable: readonly ExplanationRow[] = [
  ...settingsRows,
  ...tokenRows,
  ...signInRows,
  ...tlsRows,
  ...networkRows,
  ...serverRows,
];
