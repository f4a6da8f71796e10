"""Reading response pages: bytes in, a typed reading out. Pure."""
