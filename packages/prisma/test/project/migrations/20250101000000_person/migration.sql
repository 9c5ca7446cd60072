CREATE TABLE "person" ("id" SERIAL PRIMARY KEY, "email" TEXT NOT NULL);
CREATE UNIQUE INDEX "person_email_key" ON "person" ("email");
