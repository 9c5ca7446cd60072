import { describeAdapter } from '../src/index.ts';

// The contract is held against drivers that know nothing of Azure: what remains of it must be true of them, or it asks too much. All but the
// truth: docs/reliability.md has the table of what they say instead.
const bare = {
  entra: false,
  options: false,
  environment: false,
  sslModes: false,
  secrets: false,
  truth: false,
  outcomes: false,
};

describeAdapter('bare pg', new URL('./bare-pg.ts', import.meta.url), bare);
describeAdapter('bare postgres.js, unprepared', new URL('./bare-postgresjs.ts', import.meta.url), bare);
