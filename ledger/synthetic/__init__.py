"""Synthetic data, recorded by the real acts."""
