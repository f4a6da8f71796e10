"""Sign-in by OpenID Connect: the provider, its claims about a person, and the accounts that these
open. Authlib is loaded at the first sign-in (client.py)."""
