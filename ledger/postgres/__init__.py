"""The database: connections and roles, its schema, and one of one's own for trying out."""
