"""The systems that `ingesting.py` measures, a file each, and Footnote among them; each file runs as a process of its own."""
