const signIn = 'signs in before pg takes over: no "authenticationSASL"';

/** Files that give something else with our classes in the place of pg's, by suite, and why that must be. Under `register` there is none. */
export const differences: Readonly<Record<string, string>> = {
  'pg-pool test/error-handling.js':
    'a server that hangs up during connect() gives the code CONNECTION_CLOSED',
  'pg test/integration/client/sasl-scram-tests.js': signIn,
  'pg test/integration/connection/dynamic-password-tests.js':
    'a password function that gives no string is PASSWORD_MISSING, not a TypeError',
  'pg test/integration/gh-issues/2627-tests.js': 'a server that is no PostgreSQL is PROTOCOL_VIOLATION',
};
