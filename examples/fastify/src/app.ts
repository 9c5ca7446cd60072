import { Pool } from '@azure-pg/pg';
import fastify, { type FastifyInstance } from 'fastify';

/** GET /notes · POST /notes { text } · GET /health */
export function createApp(): FastifyInstance {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
  const app = fastify();
  pool.on('error', (error) => app.log.warn(`a connection broke while it was idle: ${error.message}`));
  // What is under way when it closes is answered, on a connection that is not kept: otherwise closing waits for the client to let go of it.
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  // Fastify calls it when the last request is answered.
  app.addHook('onClose', () => pool.end());

  app.get('/health', async () => {
    await pool.query('select');
    return { ok: true };
  });
  app.get('/notes', async () => (await pool.query('select id, text from note order by id')).rows);
  const body = { type: 'object', required: ['text'], properties: { text: { type: 'string' } } };
  app.post<{ Body: { text: string } }>('/notes', { schema: { body } }, async ({ body: { text } }, reply) => {
    const { rows } = await pool.query('insert into note (text) values ($1) returning id, text', [text]);
    return reply.code(201).send(rows[0]);
  });
  return app;
}
