// What the soak needs of the contract, without a test runner.
export type { ContractAdapter, ContractClient } from './adapter.ts';
export {
  exactly,
  type NextOperation,
  nextOperations,
  operationNames,
  refused,
  type Surroundings,
  thereIfReported,
} from './clauses/truth/next-operations.ts';
export { truthTables } from './clauses/truth/truth-stand.ts';
export { answered, describeError, saysDown, Untrue, type Untruth } from './clauses/truth/untrue.ts';
