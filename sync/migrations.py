"""The tables of the log, as numbered, forward-only migrations."""

from typing import Final

from sync.storage import Migration

NAMESPACE: Final = "sync"

MIGRATIONS: Final = (
    Migration(
        1,
        "log",
        """
-- The log: every revision held here, whoever wrote it. Append-only: nothing deletes a row. `position` is the
-- local order of arrival and means nothing elsewhere. `body` holds the exact bytes that were written or received;
-- it is NULL once wiped, and then `body_hash` alone carries the chain. `chain` is the hash after this revision.
-- record, kind, unit and stamp repeat what the body says, for indexes and for wiped bodies.
CREATE TABLE revision (
    position {serial},
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    record TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    stamp INTEGER NOT NULL,
    body {bytes},
    body_hash {bytes} NOT NULL,
    chain {bytes} NOT NULL,
    UNIQUE (device, epoch, sequence)
) {strict};
CREATE INDEX revision_record ON revision (record, position);
CREATE INDEX revision_kind ON revision (kind, position);
CREATE INDEX revision_stamp ON revision (stamp);

-- Every epoch of which revisions are held, with the head of its chain. `own` is 1 for epochs this folder may still
-- extend or has extended; `reason` says why an own epoch was opened (new, restored, cloned).
CREATE TABLE epoch (
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    own INTEGER NOT NULL,
    reason TEXT NOT NULL,
    head_sequence INTEGER NOT NULL,
    head_chain {bytes} NOT NULL,
    PRIMARY KEY (device, epoch)
) {strict};

-- The one epoch that this folder writes now. One row.
CREATE TABLE writer (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    FOREIGN KEY (device, epoch) REFERENCES epoch (device, epoch)
) {strict};
""",
    ),
    Migration(
        2,
        "lanes",
        """
-- An epoch belongs to a lane: records of one lane never share an epoch with those of another, so that they can be
-- sent to other readers. `records` is the usual one.
ALTER TABLE epoch ADD COLUMN lane TEXT NOT NULL DEFAULT 'records';

-- The epoch that this folder writes now, per lane. Takes the place of `writer`, which knew one lane.
CREATE TABLE lane_writer (
    lane TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    FOREIGN KEY (device, epoch) REFERENCES epoch (device, epoch)
) {strict};
INSERT INTO lane_writer (lane, device, epoch) SELECT 'records', device, epoch FROM writer;
DROP TABLE writer;
""",
    ),
)
