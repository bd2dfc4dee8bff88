"""The `collector` command, one module per command; `collector/cli.py` puts them together.

Modules here import at their top only what is quick to load: what a command needs is imported when it runs.
"""
