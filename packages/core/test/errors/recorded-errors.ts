import type { RecordedError } from './recorded/make-error.ts';
import { networkErrors } from './recorded/network.ts';
import { serverErrors } from './recorded/server.ts';
import { settingsErrors } from './recorded/settings.ts';
import { signInErrors } from './recorded/sign-in.ts';
import { tlsErrors } from './recorded/tls.ts';
import { tokenErrors } from './recorded/token.ts';

/** Texts of the servers, drivers and libraries themselves, at least one for each row of the table. */
export const recordedErrors: readonly RecordedError[] = [
  ...settingsErrors,
  ...tokenErrors,
  ...signInErrors,
  ...tlsErrors,
  ...networkErrors,
  ...serverErrors,
];
