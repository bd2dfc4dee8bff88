"""Counts the histories of the long run, over all of its processes."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many histories were played and which seeds failed."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
    ]
    found = [dict(report.user_properties) for report in reports]
    played = sum(int(each.get("histories", 0)) for each in found)
    failed = [seed for each in found for seed in each.get("failed_histories", ())]
    if played:
        terminalreporter.write_line(f"simulated histories: {played}, failed: {len(failed)} {failed or ''}".rstrip())
