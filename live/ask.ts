// Asks one server all questions and holds every adapter to it. Runs where the server can be reached and the identities are there, as in the job of main.bicep:
//
//   LIVE_URL=postgresql://SERVER/postgres LIVE_POOLED_URL=postgresql://SERVER:6432/postgres LIVE_ROLE=… AZURE_CLIENT_ID=… LIVE_ADMIN_CLIENT_ID=… pnpm ask
import { readFileSync } from 'node:fs';
import { markdownTable } from '../fresh-projects/table.ts';
import { adapterNames, holdAdapter } from './adapters.ts';
import { prepareRole, prepareSchema } from './prepare.ts';
import { type Place, questions } from './questions.ts';

const { LIVE_URL = '', LIVE_POOLED_URL = '', LIVE_ADMIN_CLIENT_ID, LIVE_ROLE = '' } = process.env;
if (LIVE_URL === '' || LIVE_POOLED_URL === '' || LIVE_ROLE === '') {
  console.error('Say where and as whom to ask: LIVE_URL, LIVE_POOLED_URL, LIVE_ROLE.');
  process.exit(1);
}
const assumed = JSON.parse(readFileSync(new URL('assumed.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, string>
>;
const asRole = (url: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}user=${encodeURIComponent(LIVE_ROLE)}`;
const place: Place = { direct: asRole(LIVE_URL), pooled: asRole(LIVE_POOLED_URL) };

if (LIVE_ADMIN_CLIENT_ID !== undefined) await prepareRole(LIVE_URL, LIVE_ADMIN_CLIENT_ID, LIVE_ROLE);
await prepareSchema(place.direct, LIVE_ROLE);

const answers: string[][] = [['', 'question', 'answer', 'assumed']];
for (const { id, asks, answer } of questions) {
  const given = await answer(place).catch(String);
  const expected = assumed[id] ?? '';
  answers.push([given === expected ? '' : 'differs', asks, given, expected]);
}
console.log(`${markdownTable(answers)}\n`);

const held: string[][] = [['adapter', 'route', 'clause', '']];
let failed = 0;
for (const name of adapterNames) {
  for (const [route, verdicts] of Object.entries(await holdAdapter(name, place))) {
    for (const [clause, why] of Object.entries(verdicts)) {
      held.push([name, route, clause, why ?? 'ok']);
      if (why !== undefined) failed++;
    }
  }
}
console.log(`${markdownTable(held)}\n\n${held.length - 1 - failed} held, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
