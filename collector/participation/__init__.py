"""The participation metric: shares, intervals and honest verdicts on the target of 90 %.

Pure functions on the standard library; no words, no files, no database. `docs/method.md` says what the numbers mean.
Start with `survey.Survey` (rows and design) and `results.estimate_survey`; `rounds` compares two rounds, `rollup`
adds up villages, `samples` plans a round, `suppression` decides what may be shown to whom.
"""
