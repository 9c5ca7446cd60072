CREATE TABLE "account" (
  "id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  "owner" text NOT NULL UNIQUE,
  "cents" integer DEFAULT 0 NOT NULL,
  CONSTRAINT "account_not_overdrawn" CHECK ("account"."cents" >= 0)
);
