"""What is still missing until an item counts as made public.

Takes postings as they were recorded and a day, and answers values: a code and what belongs to it. Postings of one item
and form that overlap or adjoin make one run of consecutive days, whatever their places; days after `today` do not
count yet. A day on which it hangs is a whole day, the first and the last included. Sentences belong to the screen;
their English source is in `MISSING_WORDS`. Nothing here reads the clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from collector.law.publicity import (
    FORMS,
    ITEMS,
    LOUDSPEAKER,
    POSTING,
    PUBLISH_WITHIN_WORKING_DAYS,
    get_form,
    get_item,
    requirement_of,
)
from collector.law.working_days import Deadline, deadline
from collector.words import N_

__all__ = ["FORMS", "ITEMS", "MISSING_WORDS", "Missing", "Posting", "missing", "publish_by"]

NOT_POSTED: Final = "not_posted"
KEEP_POSTED: Final = "keep_posted"
POSTED_TOO_SHORT: Final = "posted_too_short"
PERMANENT_ENDED: Final = "permanent_ended"
NOT_READ_OUT: Final = "not_read_out"
READ_OUT_TOO_SHORT: Final = "read_out_too_short"
NO_PLACE: Final = "no_place"
NO_PHOTO: Final = "no_photo"
DATES_REVERSED: Final = "dates_reversed"

MISSING_WORDS: Final = {
    NOT_POSTED: N_("Not posted yet. Post it."),
    KEEP_POSTED: N_("Posted for %(have)s of %(need)s days so far. Keep it posted until %(until)s."),
    POSTED_TOO_SHORT: N_(
        "Posted for only %(have)s of %(need)s days, until %(ended_on)s. Post it again, until %(until)s."
    ),
    PERMANENT_ENDED: N_("Must stay posted, but was taken down on %(ended_on)s. Post it again."),
    NOT_READ_OUT: N_("Not read out on the loudspeaker yet. Read it out on %(need)s days in a row."),
    READ_OUT_TOO_SHORT: N_(
        "Read out on the loudspeaker on %(have)s of %(need)s days in a row. Read it out on %(need)s days in a row."
    ),
    NO_PLACE: N_("The posting of %(starts_on)s has no place. Write where it hangs."),
    NO_PHOTO: N_("The posting of %(starts_on)s has no photo. Add a photo."),
    DATES_REVERSED: N_("The posting of %(starts_on)s ends before it starts, on %(ends_on)s. Correct the dates."),
}


@dataclass(frozen=True, slots=True)
class Posting:
    """One record of publicity; `ends_on` None: still posted; `has_photo` None: photos are not asked for."""

    item: str
    form: str
    starts_on: date
    ends_on: date | None = None
    place: str = ""
    has_photo: bool | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that an item still lacks; `context` has the values that its sentence names."""

    item: str
    code: str
    context: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive days; `ends_on` None: still going on, without a planned end."""

    starts_on: date
    ends_on: date | None

    def days(self, today: date) -> int:
        """Count the days up to and including today."""
        last = today if self.ends_on is None else min(self.ends_on, today)
        return (last - self.starts_on).days + 1

    def is_current(self, today: date) -> bool:
        return self.ends_on is None or self.ends_on >= today


def missing(postings: Iterable[Posting], today: date, items: Collection[str] | None = None) -> list[Missing]:
    """List what is still missing, in the order of the items; `items` restricts the list (None: all fourteen).

    :raises UnknownItem: if a posting or `items` names an item that does not exist.
    :raises UnknownForm: if a posting names a form that does not exist.
    """
    by_item: dict[str, list[Posting]] = {item.code: [] for item in ITEMS}
    for posting in postings:
        get_form(posting.form)
        by_item[get_item(posting.item).code].append(posting)
    wanted = by_item.keys() if items is None else {get_item(item).code for item in items}
    return [found for code, its in by_item.items() if code in wanted for found in _missing_of(code, its, today)]


def publish_by(decided_on: date, holidays: Collection[date], years_known: Collection[int]) -> Deadline:
    """Answer the last day to make something public after it was decided (Law 10/2022/QH15, article 12.3)."""
    return deadline(decided_on, PUBLISH_WITHIN_WORKING_DAYS, holidays, years_known)


def _missing_of(item: str, postings: list[Posting], today: date) -> Iterator[Missing]:
    requirement = requirement_of(item)
    posted = _runs(postings, POSTING, today)
    if requirement.is_permanent:
        yield from _check_permanent(item, posted, today)
    elif requirement.posted_days is not None:
        yield from _check_posted(item, posted, requirement.posted_days, today)
    if requirement.loudspeaker_days is not None:
        yield from _check_read_out(item, _runs(postings, LOUDSPEAKER, today), requirement.loudspeaker_days, today)
    for posting in sorted(postings, key=lambda posting: posting.starts_on):
        yield from _check_record(posting)


def _check_permanent(item: str, runs: list[_Run], today: date) -> Iterator[Missing]:
    if not runs:
        yield Missing(item, NOT_POSTED)
    elif not runs[-1].is_current(today):
        yield Missing(item, PERMANENT_ENDED, {"ended_on": runs[-1].ends_on})


def _check_posted(item: str, runs: list[_Run], need: int, today: date) -> Iterator[Missing]:
    if not runs:
        yield Missing(item, NOT_POSTED)
    elif max(run.days(today) for run in runs) < need:
        last = runs[-1]
        have = {"have": last.days(today), "need": need}
        if last.is_current(today):
            yield Missing(item, KEEP_POSTED, {**have, "until": last.starts_on + timedelta(days=need - 1)})
        else:
            again = {"ended_on": last.ends_on, "until": today + timedelta(days=need - 1)}
            yield Missing(item, POSTED_TOO_SHORT, {**have, **again})


def _check_read_out(item: str, runs: list[_Run], need: int, today: date) -> Iterator[Missing]:
    have = max((run.days(today) for run in runs), default=0)
    if have == 0:
        yield Missing(item, NOT_READ_OUT, {"need": need})
    elif have < need:
        yield Missing(item, READ_OUT_TOO_SHORT, {"have": have, "need": need, "missing": need - have})


def _check_record(posting: Posting) -> Iterator[Missing]:
    if posting.ends_on is not None and posting.ends_on < posting.starts_on:
        reversed_dates = {"starts_on": posting.starts_on, "ends_on": posting.ends_on}
        yield Missing(posting.item, DATES_REVERSED, reversed_dates)
    if posting.form != POSTING:
        return
    if not posting.place.strip():
        yield Missing(posting.item, NO_PLACE, {"starts_on": posting.starts_on})
    if posting.has_photo is False:
        yield Missing(posting.item, NO_PHOTO, {"starts_on": posting.starts_on})


def _runs(postings: list[Posting], form: str, today: date) -> list[_Run]:
    """Merge what has begun into runs of consecutive days, the earliest first."""
    runs: list[_Run] = []
    begun = [posting for posting in postings if posting.form == form and posting.starts_on <= today]
    for posting in sorted(begun, key=lambda posting: posting.starts_on):
        if posting.ends_on is not None and posting.ends_on < posting.starts_on:
            continue
        last = runs[-1] if runs else None
        if last is None or (last.ends_on is not None and posting.starts_on > last.ends_on + timedelta(days=1)):
            runs.append(_Run(posting.starts_on, posting.ends_on))
        elif last.ends_on is not None:
            ends_on = None if posting.ends_on is None else max(last.ends_on, posting.ends_on)
            runs[-1] = _Run(last.starts_on, ends_on)
    return runs
