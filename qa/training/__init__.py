"""Training the reader: `python -m qa.training --help`. Needs the dependency group `training`; serving needs none of it."""
