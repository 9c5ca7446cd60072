import { contractAdapter } from './contract-client.ts';
import { versionUnderTest } from './project.ts';

export default await contractAdapter(versionUnderTest);
