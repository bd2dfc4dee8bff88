"""Views for whoever opens the database file with a reader of SQLite, such as Datasette: plain names, current records.

They hold nothing that the pages do not show to the whole team: no speaker, no telephone, no household beside an answer.
Answer sheets are in no view; of a survey there is only what was recorded as its result. Made in the SQLite file only:
other engines do not let a table be made again under a view.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from collector import cache
from collector.kinds import Kind
from sync.storage import Connection

PREFIX: Final = "readable_"
_REMEMBERED: Final = "(views)"
"""The row of `cache` that says from which declarations the views were made."""

VIEWS: Final[Mapping[str, str]] = {
    "readable_villages": """
SELECT id AS village_id, name AS village, commune_name AS commune, province_name AS province, commune_code,
    local_number, demo AS is_invented
FROM unit WHERE removed = 0""",
    "readable_registers": """
SELECT r.id AS register_id, u.name AS village, r.as_of, r.households, r.women, r.men, r.source
FROM register r LEFT JOIN unit u ON u.id = r.unit WHERE r.removed = 0""",
    "readable_programmes": """
SELECT p.id AS programme_id, p.name AS programme, p.owner, p.sector, p.budget AS budget_dong, p.sources,
    p.starts_on, p.ends_on, p.households_affected, p.description
FROM programme p WHERE p.removed = 0""",
    "readable_disclosures": """
SELECT d.id AS disclosure_id, p.name AS programme, d.item AS item_of_article_11, d.form, d.starts_on, d.ends_on,
    d.place, d.note
FROM disclosure d LEFT JOIN programme p ON p.id = d.programme WHERE d.removed = 0""",
    "readable_meetings": """
SELECT m.id AS meeting_id, u.name AS village, m.title, m.meeting_type, m.starts_at, m.ended_at, m.place, m.state,
    p.name AS programme, m.households_total,
    (SELECT count(DISTINCT a.household) FROM attendance a WHERE a.meeting = m.id AND a.removed = 0)
        AS households_represented,
    (SELECT count(*) FROM opinion o WHERE o.meeting = m.id AND o.removed = 0) AS opinions,
    m.conclusion
FROM meeting m LEFT JOIN unit u ON u.id = m.unit LEFT JOIN programme p ON p.id = m.programme WHERE m.removed = 0""",
    "readable_opinions": """
SELECT o.id AS opinion_id, m.title AS meeting, m.starts_at AS meeting_at, o.number, o.text, o.topic,
    p.name AS programme, coalesce(f.agency, o.agency) AS agency, coalesce(f.state, 'new') AS state,
    coalesce(f.deadline, o.deadline) AS deadline, o.answer AS answered_in_the_meeting, f.forwarded_on, f.reply,
    f.replied_on, f.told_on
FROM opinion o LEFT JOIN meeting m ON m.id = o.meeting LEFT JOIN programme p ON p.id = o.programme
LEFT JOIN follow_up f ON f.opinion = o.id AND f.removed = 0 WHERE o.removed = 0""",
    "readable_votes": """
SELECT q.id AS question_id, m.title AS meeting, m.starts_at AS meeting_at, q.text AS question, q.matter, q.voting,
    q.households_total, o.label AS choice, t.cluster, t.yes, t.no, t.other
FROM tally t JOIN question q ON q.id = t.question AND q.removed = 0
LEFT JOIN meeting m ON m.id = q.meeting LEFT JOIN "option" o ON o.id = t.option WHERE t.removed = 0""",
    "readable_rounds": """
SELECT r.id AS round_id, u.name AS village, r.title AS round, p.name AS programme, q.title AS questionnaire,
    r.counted, r.chosen, r.dimensions, r.target_percent, r.starts_on, r.ends_on, r.state, r.closed_at,
    (SELECT sum(v.households) FROM round_village v WHERE v.round = r.id AND v.removed = 0) AS households
FROM round r LEFT JOIN unit u ON u.id = r.unit LEFT JOIN programme p ON p.id = r.programme
LEFT JOIN questionnaire q ON q.id = r.questionnaire WHERE r.removed = 0""",
    "readable_results": """
SELECT r.title AS round, x.grouping AS grouped_by, coalesce(v.name, x.group_value) AS people, x.dimension, x.verdict,
    x.suppressed AS is_hidden, x.population, x.asked, x.sheets, x.yes, CAST(x.share AS REAL) AS share,
    CAST(x.low AS REAL) AS interval_low, CAST(x.high AS REAL) AS interval_high, x.edge AS bound,
    CAST(x.certain_low AS REAL) AS certain_low, CAST(x.certain_high AS REAL) AS certain_high, x.basis, x.further,
    x.round AS round_id
FROM result x LEFT JOIN round r ON r.id = x.round
LEFT JOIN unit v ON v.id = x.village AND x.grouping = 'village' WHERE x.removed = 0""",
}
"""Every view by its name."""


def prepare(connection: Connection, kinds: Mapping[str, Kind]) -> bool:
    """Make the views anew if they or the tables below them changed; return whether they did."""
    wanted = _signature(kinds)
    named = {"kind": _REMEMBERED, "signature": wanted}
    if connection.value("SELECT signature FROM cache WHERE kind = :kind", named) == wanted:
        return False
    for name, sql in VIEWS.items():
        connection.execute(f'DROP VIEW IF EXISTS "{name}"')
        connection.execute(f'CREATE VIEW "{name}" AS{sql}')
    connection.execute("DELETE FROM cache WHERE kind = :kind", named)
    connection.execute("INSERT INTO cache (kind, signature) VALUES (:kind, :signature)", named)
    return True


def _signature(kinds: Mapping[str, Kind]) -> str:
    parts = [*VIEWS.values(), *(f"{kind.name} {cache.signature(kind)}" for kind in kinds.values())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def forget(connection: Connection, names: list[str]) -> None:
    """Drop views of a file that came from elsewhere, unread; the next opening makes the program's own."""
    for name in names:
        connection.execute('DROP VIEW "{}"'.format(name.replace('"', '""')))
    connection.execute("DELETE FROM cache WHERE kind = :kind", {"kind": _REMEMBERED})
