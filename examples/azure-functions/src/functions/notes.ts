import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { pool } from '../database.ts';

/** GET: all notes. POST { text }: another one. */
export async function notes(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  if (request.method === 'GET') {
    return { jsonBody: (await pool.query('select id, text from note order by id')).rows };
  }
  const { text } = (await request.json()) as { text?: unknown };
  if (typeof text !== 'string') return { status: 400, jsonBody: { error: '"text" must be a string' } };
  const { rows } = await pool.query('insert into note (text) values ($1) returning id, text', [text]);
  context.log('a note', rows[0].id);
  return { status: 201, jsonBody: rows[0] };
}

app.http('notes', { methods: ['GET', 'POST'], authLevel: 'function', handler: notes });
app.hook.appTerminate(() => pool.end());
