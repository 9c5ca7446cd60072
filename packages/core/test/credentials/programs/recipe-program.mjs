// Uses what a recipe of docs/other-drivers.md exports: two connections at once, then, when the token has expired, two new ones.
const [, , tool, file] = process.argv;
const recipe = await import(file);
const sql = 'select session_user as role, pg_backend_pid() as pid, pg_sleep(0.2)::text as slept';

const tools = {
  pg: () => ({ query: async () => (await recipe.pool.query(sql)).rows[0], end: () => recipe.pool.end() }),
  knex: () => ({ query: async () => (await recipe.db.raw(sql)).rows[0], end: () => recipe.db.destroy() }),
  sequelize: () => ({
    query: async () => (await recipe.sequelize.query(sql))[0][0],
    end: () => recipe.sequelize.close(),
  }),
  typeorm: async () => {
    await recipe.dataSource.initialize();
    return {
      query: async () => (await recipe.dataSource.query(sql))[0],
      end: () => recipe.dataSource.destroy(),
    };
  },
  'mikro-orm': async () => {
    const { MikroORM } = await import('@mikro-orm/postgresql');
    const orm = await MikroORM.init({ ...recipe.default, discovery: { warnWhenNoEntities: false } });
    return { query: async () => (await orm.em.getConnection().execute(sql))[0], end: () => orm.close() };
  },
};

const { query, end } = await tools[tool]();
const first = await Promise.all([query(), query()]);
await new Promise((resolve) => setTimeout(resolve, Number(process.env.TEST_PAUSE)));
const later = await Promise.all([query(), query(), query(), query()]);
await end();
console.log(
  JSON.stringify({
    roles: [...first, ...later].map(({ role }) => role),
    connections: new Set(later.map(({ pid }) => pid)).size,
  }),
);
process.exit(0);
