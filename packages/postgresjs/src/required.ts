// What require() is given: one function, which has the types within it (postgres.Sql). Named types next to it would not be an `export =`.
export { default } from './postgres.ts';
