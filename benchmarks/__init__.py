"""Measures the budgets of the design, each against a baseline of the same minute.

`python -m benchmarks` runs all in their short form; `python -m benchmarks lists --meetings 50000 --opinions 20` is an
example of the long form of one. Every command prints a table and ends with exit code 1 if a budget is missed.
"""
