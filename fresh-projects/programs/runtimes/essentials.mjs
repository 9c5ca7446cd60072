// The essentials of the contract, as a program of plain JavaScript: PROGRAM CLAUSE. Prints "ok" at the end, and ends by itself.
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

const { DIRECT_URL, POOLED_URL, FOREIGN_CA, MARK } = process.env;

/** Bun's own client has the SQLSTATE elsewhere. */
const codeOf = (error) =>
  (/^[0-9A-Z]{5}$/.test(error?.errno) ? error.errno : error?.code) ?? error?.message ?? String(error);

function expect(found, wanted) {
  const [a, b] = [found, wanted].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

/** The code of what a promise is rejected with. */
async function refusal(promise) {
  try {
    return `answered ${JSON.stringify(await promise)}`;
  } catch (error) {
    return codeOf(error);
  }
}

async function using(client, work) {
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** `open(url, options)` gives a client: `query(sql, parameters)`, `transaction(work)`, `cancelled(sql)`, `end()`. */
const clauses = (open, { notTrusted, otherName }) => ({
  token: () =>
    using(open(DIRECT_URL), async ({ query }) => {
      const [row] = await query('select current_user as role, $1::int + 1 as answer', [41]);
      expect(row, { role: 'local-app', answer: 42 });
    }),
  async plaintext() {
    // Refused before anything is sent, when the client is made or when it connects.
    expect(
      await refusal((async () => open(DIRECT_URL, { sslmode: 'disable' }).query('select 1'))()),
      'INSECURE_CONNECTION',
    );
  },
  'foreign certificate': () =>
    using(open(DIRECT_URL, { sslmode: 'verify-full', sslrootcert: FOREIGN_CA }), async ({ query }) =>
      expect(await refusal(query('select 1')), notTrusted),
    ),
  'another name': () =>
    using(
      open(DIRECT_URL, { sslmode: 'verify-full', host: 'not-its-name.localhost', hostaddr: '127.0.0.1' }),
      async ({ query }) => expect(await refusal(query('select 1')), otherName),
    ),
  pooled: () =>
    using(open(POOLED_URL), async ({ query }) => {
      const numbers = Array.from({ length: 40 }, (_, number) => number);
      const answers = await Promise.all(numbers.map((number) => query('select $1::int as number', [number])));
      expect(
        answers.map(([row]) => row.number),
        numbers,
      );
    }),
  // What is in the database afterwards is looked up by who started this.
  commit: () =>
    using(open(DIRECT_URL), async ({ transaction }) => {
      await transaction((query) => query('insert into essentials values ($1)', [`${MARK} committed`]));
      const undone = transaction(async (query) => {
        await query('insert into essentials values ($1)', [`${MARK} rolled back`]);
        throw new Error('undo');
      });
      expect(await refusal(undone), 'undo');
    }),
  cancel: () =>
    using(open(DIRECT_URL, { max: 1 }), async ({ query, cancelled }) => {
      const begun = performance.now();
      expect(await refusal(cancelled('select pg_sleep(30)')), '57014');
      if (performance.now() - begun > 10_000) throw new Error('it came to its end by itself');
      expect(await query('select 1 as one'), [{ one: 1 }]);
    }),
  restart: () =>
    using(open(DIRECT_URL), async ({ query }) => {
      const started = async () => (await query('select pg_postmaster_start_time()::text as at'))[0].at;
      const before = await started();
      // Whoever reads this restarts the server.
      console.log('restart now');
      for (const end = performance.now() + 30_000; performance.now() < end; await pause(100)) {
        const now = await started().catch(() => before);
        if (now !== before) return;
      }
      throw new Error('no new server was found');
    }),
});

const ours = { notTrusted: 'CERTIFICATE_NOT_TRUSTED', otherName: 'HOST_NAME_MISMATCH' };

/** @param codes of the errors for a certificate that is not trusted, and for one that is another host's. */
export async function run(open, codes = ours) {
  const clause = clauses(open, codes)[process.argv[2]];
  await clause();
  console.log('ok');
}
