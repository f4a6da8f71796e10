"""Reading what arrives: bytes in, a typed reading out. Nothing here records or knows a database."""
