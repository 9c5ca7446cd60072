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
      const { owner, cents } = await read(body, { owner: 'string', cents: 'integer' });
      return { status: 201, body: await openAccount(owner, cents) };
    }
    case 'POST /transfers': {
      const { from, to, cents } = await read(body, { from: 'integer', to: 'integer', cents: 'integer' });
      await transfer(from, to, cents);
      return { status: 200, body: await listAccounts() };
    }
    default:
      return { status: 404, body: { error: 'not found' } };
  }
}

type Fields = Readonly<Record<string, 'string' | 'integer'>>;
type Values<T extends Fields> = { [Name in keyof T]: T[Name] extends 'string' ? string : number };

/** The fields of a JSON object. @throws SyntaxError for any other body: it was the caller's mistake. */
async function read<const T extends Fields>(body: () => Promise<unknown>, fields: T): Promise<Values<T>> {
  const given = (await body()) as Record<string, unknown> | null;
  for (const [name, type] of Object.entries(fields)) {
    const value = given?.[name];
    const fits = type === 'string' ? typeof value === 'string' : Number.isInteger(value);
    if (!fits) throw new SyntaxError(`"${name}" must be ${type === 'string' ? 'a string' : 'an integer'}`);
  }
  return given as Values<T>;
}

/** What the database refused, in the words of HTTP. */
function failed(error: unknown): Answer {
  if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } };
  if (sqlState(error) === '23505') return { status: 409, body: { error: 'this owner has an account' } };
  if (sqlState(error) === '23514') return { status: 409, body: { error: 'not enough money' } };
  console.error(error);
  return { status: 500, body: { error: 'internal error' } };
}
