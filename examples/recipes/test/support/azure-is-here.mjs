// Azure's names lead to this machine, as a private DNS zone would have it: where the environment alone says where the server is, no address can be given beside it.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const { lookup } = dns;
const here = (name) => (String(name).endsWith('.postgres.database.azure.com') ? '127.0.0.1' : name);
dns.lookup = (name, ...rest) => lookup(here(name), ...rest);
const { lookup: promised } = dns.promises;
dns.promises.lookup = (name, ...rest) => promised(here(name), ...rest);
syncBuiltinESMExports();
