"""Decides acts from the files that were read: the new ones, and those recorded already."""
