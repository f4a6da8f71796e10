"""What a stream adds up to: the states that acts are decided on. Pure."""
