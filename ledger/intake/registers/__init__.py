"""Registers of recommendations in columns of their own, read by a mapping."""
