"""What the log adds up to: read models, always disposable, rebuilt from the log."""
