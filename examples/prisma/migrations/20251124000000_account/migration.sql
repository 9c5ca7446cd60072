CREATE TABLE "account" (
  "id" SERIAL PRIMARY KEY,
  "owner" TEXT NOT NULL UNIQUE,
  "cents" INTEGER NOT NULL DEFAULT 0 CONSTRAINT "account_not_overdrawn" CHECK ("cents" >= 0)
);
