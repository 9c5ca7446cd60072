// npm: connect-pg-simple express-session
import connect from 'connect-pg-simple';
import session from 'express-session';

const Store = connect(session);
const store = new Store({
  conString: process.env.DATABASE_URL,
  createTableIfMissing: true,
  tableName: 'simple_sessions',
  pruneSessionInterval: false,
});
const call = (name, ...given) =>
  new Promise((resolve, reject) =>
    store[name](...given, (error, value) => (error ? reject(error) : resolve(value))),
  );
await call('set', 'one', { cookie: { maxAge: 60_000 }, text: 'one' });
await call('set', 'two', { cookie: { maxAge: 60_000 }, text: 'deux' });
await call('destroy', 'one');
const kept = await call('get', 'two');
const who = await store._asyncQuery('select current_user as who');
console.log(JSON.stringify([{ text: kept.text }]), who.who ?? who[0]?.who);
await store._asyncQuery('drop table simple_sessions');
await store.close();
