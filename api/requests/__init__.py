"""What every request has at hand, whichever route it is for."""
