CREATE TABLE "person" ("id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, "email" text NOT NULL UNIQUE, "born" date, "settings" jsonb, "seen" timestamp with time zone);
--> statement-breakpoint
CREATE TABLE "note" ("id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, "text" text NOT NULL, "author" integer NOT NULL REFERENCES "person"("id"));
