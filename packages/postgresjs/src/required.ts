// What require() is given: one function, which has the types within it (postgres.Sql). Named types beside it would be no `export =`.
export { default } from './postgres.ts';
