// Run by catches.test.ts: all but the first must fail.
import { describeAdapter } from '../src/index.ts';

const bare = {
  entra: false,
  options: false,
  environment: false,
  sslModes: false,
  restart: false,
  systemErrors: false,
};
const faults = [
  'sound',
  'changes-types',
  'commits-what-failed',
  'shows-password',
  'never-ends',
  'hides-sqlstate',
  'prepares',
];

for (const fault of faults) {
  describeAdapter(fault, new URL(`./broken/${fault}.ts`, import.meta.url), {
    ...bare,
    secrets: fault === 'shows-password',
    pooler: fault === 'prepares',
  });
}
