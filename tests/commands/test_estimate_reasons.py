"""Every reason and verdict that the metric knows can be said."""

from collector.commands.estimate_sentences import REASONS, VERDICTS
from collector.participation.verdicts import Reason, Verdict


def test_every_reason_and_verdict_has_a_sentence() -> None:
    assert set(REASONS) == set(Reason)
    assert set(VERDICTS) == set(Verdict)
