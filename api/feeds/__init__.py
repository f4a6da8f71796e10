"""The log as it grows, sent to those who follow it."""
