import { PrismaAzurePg } from '@azure-pg/prisma';
import { PrismaClient } from './generated/client.ts';

export const prisma: PrismaClient = new PrismaClient({
  adapter: new PrismaAzurePg(process.env.DATABASE_URL),
});
