import type { ContractAdapter } from '../../src/index.ts';
import { lying } from '../lying-adapter.ts';

const adapter: ContractAdapter = lying('leaves-holes');
export default adapter;
