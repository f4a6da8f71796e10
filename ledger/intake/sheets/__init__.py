"""Spreadsheets in and out: files to typed rows, and templates. Nothing here records anything."""
