"""The states of reports, recommendations and responses, as known at a position. Pure."""
