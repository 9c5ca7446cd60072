/**
 * What Azure puts into database `postgres`: the role of administrators and the functions that map Entra principals to roles
 * (https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-manage-azure-ad-users). The mapping itself, which Azure keeps in
 * security labels, lives in a table of the superuser. Its schema may be named but not read: tools that list all tables ask for their
 * sequences, which is an error in a schema without USAGE. Statements end in a semicolon and an empty line, as `postgres --single -j` wants it.
 */
export const azureFunctions: string = `
SET allow_system_table_mods = on;

CREATE ROLE azure_pg_admin NOLOGIN CREATEDB CREATEROLE;

GRANT pg_read_all_settings, pg_read_all_stats, pg_stat_scan_tables, pg_signal_backend, pg_monitor TO azure_pg_admin WITH ADMIN OPTION;

DO $$ BEGIN
  IF to_regrole('pg_maintain') IS NOT NULL THEN GRANT pg_maintain TO azure_pg_admin WITH ADMIN OPTION; END IF;
END $$;

ALTER DATABASE postgres OWNER TO azure_pg_admin;

CREATE SCHEMA azure_pg_emulator;

GRANT USAGE ON SCHEMA azure_pg_emulator TO PUBLIC;

CREATE TABLE azure_pg_emulator.directory (
  object_id text PRIMARY KEY,
  name text NOT NULL,
  type text NOT NULL CHECK (type IN ('user', 'group', 'service')),
  tenant_id text NOT NULL
);

CREATE TABLE azure_pg_emulator.principal (
  role oid PRIMARY KEY,
  object_id text NOT NULL,
  type text NOT NULL CHECK (type IN ('user', 'group', 'service')),
  tenant_id text NOT NULL,
  is_admin boolean NOT NULL,
  is_mfa boolean NOT NULL
);

CREATE FUNCTION azure_pg_emulator.create_role(role_name text, object_id text, object_type text, is_admin boolean, is_mfa boolean)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  tenant text := (SELECT d.tenant_id FROM azure_pg_emulator.directory d LIMIT 1);
BEGIN
  IF role_name IS NULL OR role_name = '' THEN
    RAISE EXCEPTION 'The role name must not be empty.' USING ERRCODE = '22023';
  END IF;
  IF object_type NOT IN ('user', 'group', 'service') THEN
    RAISE EXCEPTION 'Unknown object type "%": it must be user, group or service.', object_type USING ERRCODE = '22023';
  END IF;
  IF object_id IS NULL OR object_id !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
    RAISE EXCEPTION '"%" is not an object id.', object_id USING ERRCODE = '22023';
  END IF;
  EXECUTE format('CREATE ROLE %I LOGIN', role_name);
  IF is_admin THEN
    EXECUTE format('ALTER ROLE %I CREATEDB CREATEROLE', role_name);
    EXECUTE format('GRANT azure_pg_admin TO %I WITH ADMIN OPTION', role_name);
  END IF;
  DELETE FROM azure_pg_emulator.principal p WHERE NOT EXISTS (SELECT FROM pg_authid a WHERE a.oid = p.role);
  INSERT INTO azure_pg_emulator.principal
  SELECT a.oid, lower(object_id), object_type, coalesce(tenant, ''), coalesce(is_admin, false), coalesce(is_mfa, false)
  FROM pg_authid a WHERE a.rolname = role_name::name;
  RETURN format('Created role for %I', role_name);
END $$;

CREATE FUNCTION pg_catalog.pgaadauth_create_principal(rolename text, isadmin boolean, ismfa boolean)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  matches azure_pg_emulator.directory[];
BEGIN
  SELECT array_agg(d) INTO matches FROM azure_pg_emulator.directory d WHERE lower(d.name) = lower(rolename);
  IF matches IS NULL THEN
    RAISE EXCEPTION 'The directory has no principal named "%".', rolename
      USING ERRCODE = '22023', HINT = 'Make one with emulator.createIdentity(), or use pgaadauth_create_principal_with_oid.';
  END IF;
  IF cardinality(matches) > 1 THEN
    RAISE EXCEPTION 'The directory has more than one principal named "%".', rolename
      USING ERRCODE = '22023', HINT = 'Use pgaadauth_create_principal_with_oid.';
  END IF;
  RETURN azure_pg_emulator.create_role(rolename, matches[1].object_id, matches[1].type, isadmin, ismfa);
END $$;

CREATE FUNCTION pg_catalog.pgaadauth_create_principal_with_oid(rolename text, objectid text, objecttype text, isadmin boolean, ismfa boolean)
RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT azure_pg_emulator.create_role(rolename, objectid, objecttype, isadmin, ismfa) $$;

CREATE FUNCTION pg_catalog.pgaadauth_list_principals(isadminvalue boolean)
RETURNS TABLE (rolname name, principaltype text, objectid text, tenantid text, ismfa integer, isadmin integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.rolname, p.type, p.object_id, p.tenant_id, p.is_mfa::int, p.is_admin::int
  FROM azure_pg_emulator.principal p JOIN pg_authid a ON a.oid = p.role
  WHERE p.is_admin OR NOT isadminvalue
  ORDER BY a.rolname
$$;

REVOKE ALL ON FUNCTION azure_pg_emulator.create_role(text, text, text, boolean, boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pgaadauth_create_principal(text, boolean, boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION pg_catalog.pgaadauth_list_principals(boolean) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION pg_catalog.pgaadauth_create_principal(text, boolean, boolean) TO azure_pg_admin;

GRANT EXECUTE ON FUNCTION pg_catalog.pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean) TO azure_pg_admin;

GRANT EXECUTE ON FUNCTION pg_catalog.pgaadauth_list_principals(boolean) TO azure_pg_admin;

`;
