"""The log: written by one function of the database, read, listened to and followed."""
