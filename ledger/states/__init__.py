"""The states of streams, on which acts are decided. Pure."""
