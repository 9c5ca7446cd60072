// npm: graphile-worker
// Its LISTEN goes past the pooler by itself.
import { run } from 'graphile-worker';

let done;
const worked = new Promise((resolve) => {
  done = resolve;
});
const runner = await run({
  connectionString: process.env.DATABASE_URL_KNOWING_DIRECT,
  noHandleSignals: true,
  pollInterval: 60_000,
  taskList: {
    note: async ({ text }, { withPgClient }) => {
      const { rows } = await withPgClient((client) => client.query('select current_user as who'));
      done([text, rows[0].who]);
    },
  },
});
await runner.addJob('note', { text: 'deux' });
const [text, who] = await worked;
console.log(JSON.stringify([{ text }]), who);
await runner.stop();
process.exit();
