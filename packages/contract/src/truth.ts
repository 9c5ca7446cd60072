// What the soak and the fault matrix need of the contract, without a test runner.
export type { ContractAdapter, ContractClient, PlainServer } from './adapter.ts';
export { runCell } from './clauses/truth/cell.ts';
export { type Cell, cellsOf, missingFor } from './clauses/truth/cells.ts';
export { type FaultProxy, faultProxy } from './clauses/truth/fault-proxy.ts';
export {
  exactly,
  type NextOperation,
  nextOperations,
  operationNames,
  refused,
  type Surroundings,
  thereIfReported,
} from './clauses/truth/next-operations.ts';
export { TruthStand, truthRoutes, truthTables } from './clauses/truth/truth-stand.ts';
export { answered, saysDown, Untrue, type Untruth } from './clauses/truth/untrue.ts';
export { allVariants, someVariants } from './clauses/truth/variants.ts';
export { describeError, errorCodes } from './error-chain.ts';
