import type { BrokenSetUp } from './set-ups/broken-set-up.ts';
import { networkSetUps } from './set-ups/network.ts';
import { serverSetUps } from './set-ups/server.ts';
import { settingsSetUps } from './set-ups/settings.ts';
import { signInSetUps } from './set-ups/sign-in.ts';
import { tlsSetUps } from './set-ups/tls.ts';
import { tokenSetUps } from './set-ups/token.ts';

/** Everything on the way, in the order of the way. */
export const brokenSetUps: readonly BrokenSetUp[] = [
  ...settingsSetUps,
  ...networkSetUps,
  ...tlsSetUps,
  ...tokenSetUps,
  ...signInSetUps,
  ...serverSetUps,
];
