-- Where the read models lie, and where they are built anew before they are swapped in. The
-- tables themselves are projections/schema.sql: they are rebuilt, never migrated.

CREATE SCHEMA projections AUTHORIZATION answerable_app;
CREATE SCHEMA projections_next AUTHORIZATION answerable_app;
