#!/usr/bin/env node
// Stands in for Prisma's schema engine, which is a download: writes down what it is given, and the file that it is to trust.
import { readFileSync, writeFileSync } from 'node:fs';

const options = process.argv.slice(2);
const encoded = options[options.indexOf('--datasource') + 1];
const file = options.includes('--datasource') ? Buffer.from(encoded, 'base64').toString() : '{}';
const url = JSON.parse(file).url;
const root = url && new URL(url).searchParams.get('sslcert');
writeFileSync(process.env.ENGINE_LOG, JSON.stringify({ options, url, root: root && readFileSync(root, 'utf8') }));
process.exit(1);
