import type { ContractAdapter } from '../../src/index.ts';
import { lying } from '../lying-adapter.ts';

const adapter: ContractAdapter = lying('replays-inserts');
export default adapter;
