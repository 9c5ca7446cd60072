import { describeAdapter } from '@azure-pg/contract';

// pg lends clients again whose answers are still on their way; what @azure-pg/pg does about that is more than a template.
describeAdapter('the template', new URL('./contract-adapter.ts', import.meta.url), {
  truth: false,
  outcomes: false,
});
