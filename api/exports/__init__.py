"""Reviewed answers and documents in the formats that other programs read."""
