"""The parts of every request and answer, whichever route it is for."""
