import { contractAdapter } from './contract-client.ts';
import { endUnderTest } from './project.ts';

export default await contractAdapter(endUnderTest);
