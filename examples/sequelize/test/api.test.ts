import { describeExample } from '@azure-pg/contract/describe-example';

describeExample(new URL('../src/main.ts', import.meta.url));
