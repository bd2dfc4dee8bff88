"""The long answers that the centre keeps, to give them piece by piece."""

import os
import secrets
import time
from pathlib import Path

import pytest

from sync.errors import AnswerGone
from sync.keeping import KEPT_SECONDS, OTHER, PAGE, KeptAnswers
from sync.signing import hash_content, name_answer


def make_answer(size: int = 100) -> bytes:
    return secrets.token_bytes(size)


def test_the_centre_keeps_the_last_answers_of_each_device(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path / "answers")
    first, second, talk, other = (make_answer() for _ in range(4))
    assert kept.keep("an", PAGE, "mark", first)
    assert kept.keep("an", OTHER, "mark", talk)
    assert kept.keep("binh", PAGE, "mark", other)
    assert kept.read("an", name_answer(first), "mark", 64, 10) == first[64:74]
    assert kept.keep("an", PAGE, "mark", second)
    assert kept.read("an", name_answer(second), "mark", 0, 1_000) == second
    assert kept.read("an", name_answer(second), "mark", 500, 1_000) == b""
    assert kept.read("an", name_answer(talk), "mark", 0, 1_000) == talk
    assert kept.read("binh", name_answer(other), "mark", 0, 1_000) == other
    for device, name, mark in (
        ("an", name_answer(first), "mark"), ("an", name_answer(second), "another"), ("em", name_answer(second), "mark"),
        ("an", hash_content(b"").hex(), "mark"),
    ):  # fmt: skip
        with pytest.raises(AnswerGone):
            kept.read(device, name, mark, 0, 1_000)
    kept.forget("an", PAGE)
    kept.forget("an", PAGE)
    with pytest.raises(AnswerGone):
        kept.read("an", name_answer(second), "mark", 0, 1_000)
    assert kept.read("an", name_answer(talk), "mark", 0, 1_000) == talk


def test_what_is_old_or_too_much_at_the_centre_goes(tmp_path: Path) -> None:
    now = [time.time()]
    kept = KeptAnswers(tmp_path, lambda: now[0], max_total_bytes=1_000)
    answers = {f"d{number}": make_answer(300) for number in range(6)}
    for number, (device, answer) in enumerate(answers.items()):
        assert kept.keep(device, PAGE, "mark", answer)
        moment = now[0] - 100 + number
        os.utime(tmp_path / f"{device}.{PAGE}", (moment, moment))
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["d3", "d4", "d5"]
    assert kept.read("d5", name_answer(answers["d5"]), "mark", 0, 300) == answers["d5"]
    now[0] += KEPT_SECONDS
    with pytest.raises(AnswerGone):
        kept.read("d3", name_answer(answers["d3"]), "mark", 0, 300)
    now[0] += 1_000
    assert kept.keep("new", PAGE, "mark", answers["d0"])
    assert "d3" not in {path.stem for path in tmp_path.iterdir()}


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(b"no folder")
    kept = KeptAnswers(tmp_path / "answers")
    assert not kept.keep("an", PAGE, "mark", make_answer())
    kept.forget("an", PAGE)
    with pytest.raises(AnswerGone):
        kept.read("an", name_answer(make_answer()), "mark", 0, 1)
