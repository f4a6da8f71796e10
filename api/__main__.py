"""`python -m api` is `answerable`."""

from api.cli import main

main(prog_name="answerable")
