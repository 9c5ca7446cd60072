import type { ContractAdapter } from '../../src/index.ts';
import { broken } from '../broken-adapter.ts';

const adapter: ContractAdapter = broken('changes-types');
export default adapter;
