"""A question in, a cited answer out. Knows nothing of HTTP or of the environment."""
