import { contractAdapter } from './contract-client.ts';

export default await contractAdapter('oldest');
