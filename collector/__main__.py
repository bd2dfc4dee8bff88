"""Runs the command as `python -m collector`."""

from collector.cli import main

main(prog_name="collector")
