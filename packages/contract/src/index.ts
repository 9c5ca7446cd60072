export type {
  ContractAdapter,
  ContractClient,
  OpenInput,
  PlainServer,
  Query,
  Row,
  Toggles,
} from './adapter.ts';
export { type BuiltPackages, builtPackages } from './built-packages.ts';
export { type FaultProxy, faultProxy } from './clauses/truth/fault-proxy.ts';
export { describeAdapter } from './describe-adapter.ts';
export { describeReadme } from './describe-readme.ts';
export { errorChain, errorCodes, rejection } from './error-chain.ts';
export { nodeVersions, type ProgramOutput, preloads, runNode } from './node-versions.ts';
export { type ServerPair, startServerPair } from './server-pair.ts';
export {
  type Route,
  routes,
  type Stand,
  startStand,
  type TestCredential,
  type TestCredentialOptions,
  testCredential,
  withParameters,
} from './stand.ts';
