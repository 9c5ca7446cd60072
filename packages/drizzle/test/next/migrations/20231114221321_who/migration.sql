CREATE TABLE "migrated_by" AS SELECT application_name AS "name", pg_backend_pid() AS "backend" FROM pg_stat_activity WHERE pid = pg_backend_pid();
