"""Training the reader: `python -m qa.training --help`. Serving imports none of it."""
