-- What stands in the schemas that the migrations make, and who may do what there, as (thing, what of
-- it, how it is); and what changes what a statement does in any session.
--
-- Everybody may read these catalogues, so the service's role sees all of it. It is asked with a
-- search_path of pg_catalog alone, so that every other name is printed with its schema. What comes
-- of the migrations is kept in catalogue.tsv; what differs between versions of PostgreSQL is not
-- asked for (the names of NOT NULL constraints, what an owner may do with its own).

WITH RECURSIVE space AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname IN ('ledger', 'api', 'follow')
), relation AS (
    SELECT c.*, format('%s.%s', n.nspname, c.relname) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.oid IN (SELECT oid FROM space)
        OR n.nspname = 'public' AND c.relname ^@ 'answerable_migrations'
), held AS (  -- what has rows or shows them
    SELECT * FROM relation WHERE relkind NOT IN ('i', 'I', 't')
), routine AS (
    SELECT p.*, format('the function %s.%s(%s)', s.nspname, p.proname,
                       pg_get_function_identity_arguments(p.oid)) AS name
      FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
), role AS (
    SELECT * FROM pg_roles
     WHERE rolname IN ('answerable_app', 'answerable_owner', 'answerable_sealer')
), acting AS (  -- who may act as whom, through roles in between too
    SELECT member, roleid, admin_option FROM pg_auth_members UNION
    SELECT m.member, a.roleid, a.admin_option FROM acting a JOIN pg_auth_members m ON m.roleid = a.member
), user_of AS (  -- whoever may act as one of them, as whom they may, and whoever asks
    SELECT oid FROM pg_roles WHERE rolsuper OR rolname = session_user UNION
    SELECT unnest(ARRAY[a.member, a.roleid]) FROM acting a JOIN role r ON r.oid IN (a.member, a.roleid)
    UNION SELECT oid FROM role
), granted AS (
    SELECT 'schema ' || nspname AS name, nspowner AS owner,
           coalesce(nspacl, acldefault('n', nspowner)) AS acl FROM space
    UNION ALL
    SELECT name, relowner,
           coalesce(relacl, acldefault(CASE WHEN relkind = 'S' THEN 's' ELSE 'r' END::"char", relowner))
      FROM held
    UNION ALL
    SELECT format('the column %s.%s', h.name, a.attname), h.relowner, a.attacl
      FROM held h JOIN pg_attribute a ON a.attrelid = h.oid WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT name, proowner, coalesce(proacl, acldefault('f', proowner)) FROM routine
    UNION ALL
    SELECT 'new ' || CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'f' THEN 'functions'
                     WHEN 'S' THEN 'sequences' WHEN 'T' THEN 'types' ELSE 'objects' END
           || coalesce(' in schema ' || nspname, '')
           || format(' of %s', pg_get_userbyid(defaclrole)), defaclrole, defaclacl
      FROM pg_default_acl LEFT JOIN space ON space.oid = defaclnamespace
     WHERE defaclnamespace IN (SELECT oid FROM space)
        OR defaclnamespace = 0 AND defaclrole IN (SELECT oid FROM role)
)
SELECT 'schema ' || nspname, 'owner', pg_get_userbyid(nspowner)::text FROM space
UNION ALL
SELECT name, 'kind', CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view'
                     WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                     WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table'
                     WHEN 'c' THEN 'type' ELSE relkind::text END
       || CASE relpersistence WHEN 'u' THEN ', unlogged' ELSE '' END FROM held
UNION ALL
SELECT name, 'owner', pg_get_userbyid(relowner) FROM held
UNION ALL
SELECT name, 'query', encode(sha256(convert_to(pg_get_viewdef(oid), 'UTF8')), 'hex') FROM held WHERE relkind IN ('v', 'm')
UNION ALL
SELECT name, 'options of the view', array_to_string(reloptions, ', ')
  FROM held WHERE relkind = 'v' AND reloptions IS NOT NULL
UNION ALL
SELECT name, 'ignored', it
  FROM held CROSS JOIN LATERAL (
       SELECT 'its triggers' WHERE NOT relhastriggers AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = held.oid)
       UNION ALL SELECT 'its indexes' WHERE NOT relhasindex AND EXISTS (SELECT FROM pg_index WHERE indrelid = held.oid)
       UNION ALL SELECT 'its checks' WHERE relchecks < (SELECT count(*) FROM pg_constraint
                                                         WHERE conrelid = held.oid AND contype = 'c')
  ) AS so (it)
UNION ALL
SELECT name, 'row security', CASE WHEN relforcerowsecurity THEN 'forced' ELSE 'on' END
  FROM held WHERE relrowsecurity OR relforcerowsecurity
UNION ALL
SELECT format('the policy %s of %s', p.polname, h.name), 'kind', 'policy'
  FROM pg_policy p JOIN held h ON h.oid = p.polrelid
UNION ALL
SELECT format('the rewrite rule %s of %s', r.rulename, h.name), 'kind', 'rule'
  FROM pg_rewrite r JOIN held h ON h.oid = r.ev_class
 WHERE NOT (h.relkind IN ('v', 'm') AND r.rulename = '_RETURN')
UNION ALL
SELECT format('the column %s.%s', h.name, a.attname), 'type',
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
       || CASE WHEN a.attcollation NOT IN (0, t.typcollation)
               THEN (SELECT format(' COLLATE %I', collname) FROM pg_collation WHERE oid = a.attcollation)
               ELSE '' END
       || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
       || CASE WHEN a.attidentity <> '' OR a.attgenerated <> '' THEN ' GENERATED' ELSE '' END
  FROM held h JOIN pg_attribute a ON a.attrelid = h.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
UNION ALL  -- what ANALYZE keeps samples of
SELECT format('the column %s.%s', r.name, a.attname), 'statistics', a.attstattarget::text
  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND a.attstattarget = 0
UNION ALL
SELECT format('the statistics %s', x.stxname), 'table', h.name
  FROM pg_statistic_ext x JOIN held h ON h.oid = x.stxrelid
UNION ALL
SELECT format('the constraint %s of %s', k.conname, h.name), 'definition',
       pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' (not valid)' END
  FROM pg_constraint k JOIN held h ON h.oid = k.conrelid WHERE k.contype <> 'n'
UNION ALL  -- a foreign key is checked by triggers of its own
SELECT format('the constraint %s of %s', k.conname, h.name), 'triggers',
       (SELECT count(*)::text FROM pg_trigger WHERE tgconstraint = k.oid)
  FROM pg_constraint k JOIN held h ON h.oid = k.conrelid WHERE k.contype = 'f'
UNION ALL
SELECT format('the index %s.%s', i.relnamespace::regnamespace, i.relname), 'definition',
       pg_get_indexdef(i.oid)
       || CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN '' ELSE ' (not valid)' END
       || CASE WHEN x.indimmediate THEN '' ELSE ' (checked at the end)' END
  FROM relation h JOIN pg_index x ON x.indrelid = h.oid JOIN pg_class i ON i.oid = x.indexrelid
 WHERE h.relkind <> 't'
UNION ALL
SELECT format('the trigger %s of %s', t.tgname, h.name), 'definition', pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN held h ON h.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT CASE WHEN t.tgisinternal
            THEN format('the constraint %s of %s', coalesce(k.conname, t.tgname), h.name)
            ELSE format('the trigger %s of %s', t.tgname, h.name) END,
       'state', CASE t.tgenabled WHEN 'D' THEN 'switched off' WHEN 'R' THEN 'on in replicas alone'
                ELSE 'always on' END
  FROM pg_trigger t JOIN held h ON h.oid = t.tgrelid LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
 WHERE t.tgenabled <> 'O'
UNION ALL
SELECT format('%s, a child of %s', i.inhrelid::regclass, i.inhparent::regclass), 'kind', 'inheritance'
  FROM pg_inherits i
 WHERE i.inhrelid IN (SELECT oid FROM held) OR i.inhparent IN (SELECT oid FROM held)
UNION ALL
SELECT h.name, 'written by a subscription', s.srsubid::text
  FROM pg_subscription_rel s JOIN held h ON h.oid = s.srrelid
UNION ALL
SELECT name, 'body', encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') FROM routine
UNION ALL
SELECT name, 'declaration', concat_ws(' ', pg_get_function_arguments(oid), 'RETURNS',
       pg_get_function_result(oid), (SELECT lanname FROM pg_language WHERE oid = prolang),
       provolatile, proparallel, CASE WHEN proisstrict THEN 'strict' END,
       CASE WHEN proleakproof THEN 'leakproof' END)
  FROM routine
UNION ALL
SELECT name, 'owner', pg_get_userbyid(proowner) FROM routine
UNION ALL
SELECT name, 'security', CASE WHEN prosecdef THEN 'definer' ELSE 'invoker' END FROM routine
UNION ALL
SELECT name, 'settings', array_to_string(proconfig, '; ') FROM routine WHERE proconfig IS NOT NULL
UNION ALL
SELECT g.name, 'granted to ' || CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END,
       string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN ' (may pass it on)' ELSE '' END,
                  ', ' ORDER BY a.privilege_type)
  FROM granted g CROSS JOIN LATERAL aclexplode(g.acl) a
 WHERE a.grantee <> g.owner GROUP BY 1, 2
UNION ALL
SELECT 'the database', 'granted to ' || CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END,
       a.privilege_type
  FROM pg_database d CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  LEFT JOIN role r ON r.oid = a.grantee
 WHERE d.datname = current_database() AND a.privilege_type = 'CREATE'
   AND (a.grantee = 0 OR r.rolname <> 'answerable_owner')
UNION ALL
SELECT 'the role ' || rolname, 'may', string_agg(may, ', ' ORDER BY may)
  FROM role CROSS JOIN LATERAL (VALUES
       (rolsuper, 'do anything (SUPERUSER)'), (rolbypassrls, 'pass row security (BYPASSRLS)'),
       (rolreplication, 'copy all (REPLICATION)'), (rolcreaterole, 'make roles (CREATEROLE)'),
       (rolcanlogin, 'log in (LOGIN)'), (rolcreatedb, 'make databases (CREATEDB)')
  ) AS has (it, may) WHERE it GROUP BY 1
UNION ALL
SELECT 'the role ' || r.rolname, 'may act as ' || pg_get_userbyid(a.roleid),
       CASE WHEN bool_or(a.admin_option) THEN 'and pass it on' ELSE 'yes' END
  FROM acting a JOIN role r ON r.oid = a.member GROUP BY 1, 2
UNION ALL  -- settings that only superusers have, given to whoever acts here
SELECT 'the parameter ' || p.parname,
       'granted to ' || CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END,
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
  FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) a
  LEFT JOIN pg_roles r ON r.oid = a.grantee
 WHERE a.grantee = 0 OR (NOT r.rolsuper AND r.oid IN (SELECT oid FROM user_of)) GROUP BY 1, 2
UNION ALL  -- by which whoever calls it acts as somebody else
SELECT format('the function %s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
       'security', 'definer, as ' || pg_get_userbyid(p.proowner)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.oid NOT IN (SELECT oid FROM space)
UNION ALL  -- what carries rows away, or keeps them for whoever will
SELECT 'the publication ' || p.pubname, 'copies',
       CASE WHEN p.puballtables THEN 'all tables'
            ELSE coalesce((SELECT string_agg(what, ', ' ORDER BY what) FROM (
                     SELECT prrelid::regclass::text FROM pg_publication_rel WHERE prpubid = p.oid
                     UNION ALL SELECT 'schema ' || pnnspid::regnamespace
                       FROM pg_publication_namespace WHERE pnpubid = p.oid) AS copied (what)),
                 'nothing yet') END
  FROM pg_publication p
UNION ALL  -- a physical slot that is in use is a standby's, which has all of it by its own right
SELECT 'the replication slot ' || slot_name, 'kind',
       slot_type || CASE WHEN active THEN '' ELSE ', used by nobody' END
  FROM pg_replication_slots
 WHERE NOT temporary AND (database = current_database() OR (slot_type = 'physical' AND NOT active))
UNION ALL  -- by which rows of ours cannot be deleted, or are deleted with others
SELECT format('the constraint %s of %s', k.conname, k.conrelid::regclass), 'points to', h.name
  FROM pg_constraint k JOIN held h ON h.oid = k.confrelid
 WHERE k.contype = 'f' AND k.conrelid NOT IN (SELECT oid FROM held) AND k.conparentid = 0
UNION ALL  -- where everybody can read what no redaction reaches
SELECT 'large objects', 'there are', count(*)::text FROM pg_largeobject_metadata HAVING count(*) > 0
UNION ALL
SELECT format('the comment on %s %s', o.type, o.identity), 'words',
       encode(sha256(convert_to(d.description, 'UTF8')), 'hex')
  FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
 WHERE o.schema IS DISTINCT FROM 'projections' AND o.schema IS DISTINCT FROM 'projections_next'
   AND (d.objoid >= 16384 OR length(d.description) > 200
        OR (o.type = 'schema' AND d.description NOT IN ('standard public schema',
            'system catalog schema', 'reserved schema for TOAST tables')))
   AND NOT (o.type = 'extension' AND EXISTS (SELECT FROM pg_available_extensions e
             WHERE quote_ident(e.name) = o.identity AND e.comment = d.description))
UNION ALL
SELECT format('the comment on the %s %s', CASE WHEN r.oid IS NULL THEN 'database' ELSE 'role' END,
              coalesce(r.rolname, current_database())), 'words',
       encode(sha256(convert_to(d.description, 'UTF8')), 'hex')
  FROM pg_shdescription d
  LEFT JOIN role r ON d.classoid = 'pg_authid'::regclass AND r.oid = d.objoid
 WHERE r.oid IS NOT NULL OR (d.classoid = 'pg_database'::regclass
   AND d.objoid = (SELECT oid FROM pg_database WHERE datname = current_database() AND oid >= 16384))
UNION ALL  -- which says what a role may: the table beneath is for superusers alone
SELECT 'the view pg_catalog.pg_roles', 'query', encode(sha256(convert_to(pg_get_viewdef('pg_roles'::regclass), 'UTF8')), 'hex')
UNION ALL  -- what runs in sessions of which this one may be none
SELECT 'the event trigger ' || evtname, 'runs', format('%s on %s', evtfoid::regproc, evtevent)
  FROM pg_event_trigger
UNION ALL  -- whatever else stands in these schemas, and what is not PostgreSQL's own that any statement may meet
SELECT format('the %s %s', o.type, o.identity), 'kind', o.type
  FROM (SELECT d.classid, d.objid FROM pg_depend d JOIN space s ON s.oid = d.refobjid
         WHERE d.refclassid = 'pg_namespace'::regclass AND d.deptype = 'n'
           AND d.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass)
        UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast WHERE oid >= 16384
        UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class
         WHERE oid >= 16384 AND relnamespace = 'pg_catalog'::regnamespace
        UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc
         WHERE oid >= 16384 AND pronamespace = 'pg_catalog'::regnamespace
        UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator
         WHERE oid >= 16384 AND oprnamespace = 'pg_catalog'::regnamespace
       ) AS made CROSS JOIN LATERAL pg_identify_object(classid, objid, 0) AS o
UNION ALL
SELECT concat_ws(' ', 'the settings', CASE WHEN s.setdatabase <> 0 THEN 'of this database' END,
                 CASE WHEN s.setrole <> 0 THEN 'of ' || pg_get_userbyid(s.setrole) END),
       split_part(one, '=', 1), substr(one, strpos(one, '=') + 1)
  FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS one
 WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
   AND (s.setrole = 0 OR s.setrole IN (SELECT oid FROM user_of))
   AND (split_part(one, '=', 1) IN ('session_replication_role', 'row_security',
           'allow_system_table_mods', 'ignore_system_indexes', 'zero_damaged_pages',
           'ignore_checksum_failure', 'session_preload_libraries', 'local_preload_libraries',
           'dynamic_library_path', 'extension_control_path')
        OR one ~ '^search_path=.*pg_catalog' AND one !~ '^search_path="?pg_catalog'
        OR one ~* '^synchronous_commit=(off|false|no|0)$'
        OR one ~ '^role=' AND substr(one, 6) NOT IN (SELECT rolname FROM role))
UNION ALL
SELECT 'the settings of a session', name, current_setting(name)
  FROM unnest(ARRAY['session_replication_role', 'is_superuser']) AS name
UNION ALL  -- what was acknowledged is gone after a crash
SELECT 'the settings of a session', 'synchronous_commit', 'off'
 WHERE current_setting('synchronous_commit') = 'off'
ORDER BY 1, 2, 3
