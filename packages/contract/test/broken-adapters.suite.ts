// Run by catches.test.ts: all but "sound" and "honest" must fail.
import { describeAdapter } from '../src/index.ts';
import { lies } from './lying-adapter.ts';

const bare = {
  entra: false,
  options: false,
  environment: false,
  sslModes: false,
  restart: false,
  systemErrors: false,
  truth: false,
  outcomes: false,
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

for (const lie of lies) {
  describeAdapter(lie, new URL(`./broken/${lie}.ts`, import.meta.url), {
    ...bare,
    truth: true,
    secrets: false,
    pooler: false,
  });
}
