"""What reports, recommendations and responses are at, as known at a position. Pure."""
