"""`python -m api` is `footnote`."""

from api.cli import main

main(prog_name="footnote")
