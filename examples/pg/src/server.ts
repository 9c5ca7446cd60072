import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { listAccounts, openAccount, sqlState, transfer } from './accounts.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** GET /accounts · POST /accounts { owner, cents } · POST /transfers { from, to, cents } */
export function createApi(): Server {
  return createServer(async (request, response) => {
    const answer = await handle(`${request.method} ${request.url}`, () => json(request)).catch(failed);
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  });
}

async function handle(route: string, body: () => Promise<unknown>): Promise<Answer> {
  switch (route) {
    case 'GET /accounts':
      return { status: 200, body: await listAccounts() };
    case 'POST /accounts': {
      const { owner, cents } = (await body()) as { owner: string; cents: number };
      return { status: 201, body: await openAccount(owner, cents) };
    }
    case 'POST /transfers': {
      const { from, to, cents } = (await body()) as { from: number; to: number; cents: number };
      await transfer(from, to, cents);
      return { status: 200, body: await listAccounts() };
    }
    default:
      return { status: 404, body: { error: 'not found' } };
  }
}

/** What the database refused, in the words of HTTP. */
function failed(error: unknown): Answer {
  if (sqlState(error) === '23505') return { status: 409, body: { error: 'this owner has an account' } };
  if (sqlState(error) === '23514') return { status: 409, body: { error: 'not enough money' } };
  console.error(error);
  return { status: 500, body: { error: 'internal error' } };
}
