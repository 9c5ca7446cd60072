import { pool } from '../../../lib/database.ts';

// Read for each request, not once while building.
export const dynamic = 'force-dynamic';
// The edge's runtime has no TCP.
export const runtime = 'nodejs';

export async function GET(): Promise<Response> {
  return Response.json((await pool.query('select id, text from note order by id')).rows);
}

export async function POST(request: Request): Promise<Response> {
  const { text } = (await request.json()) as { text?: unknown };
  if (typeof text !== 'string') return Response.json({ error: '"text" must be a string' }, { status: 400 });
  const { rows } = await pool.query('insert into note (text) values ($1) returning id, text', [text]);
  return Response.json(rows[0], { status: 201 });
}
