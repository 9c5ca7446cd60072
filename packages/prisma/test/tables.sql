CREATE TABLE person (id serial PRIMARY KEY, email text NOT NULL UNIQUE, born date, balance numeric, settings jsonb, seen timestamptz);
CREATE TABLE note (id serial PRIMARY KEY, text text NOT NULL, author_id int NOT NULL REFERENCES person (id));
