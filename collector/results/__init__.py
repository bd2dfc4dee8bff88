"""Results of survey rounds: estimates, verdicts, a page, a report, and records without small cells."""
