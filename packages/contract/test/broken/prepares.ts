import type { ContractAdapter } from '../../src/index.ts';
import { broken } from '../broken-adapter.ts';

const adapter: ContractAdapter = broken('prepares');
export default adapter;
