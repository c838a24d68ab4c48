"""Readers of file formats, one a format: each gives the text of a file as a person reads it, and what the file says of itself."""
