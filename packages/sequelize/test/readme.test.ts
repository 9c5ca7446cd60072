import { describeReadme } from '@azure-pg/contract';

await describeReadme(import.meta.url, 3);
