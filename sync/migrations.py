"""The tables of the log, as numbered, forward-only migrations."""

from typing import Final

from sync.registry_tables import KEYS, REGISTRY, RETURNS
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
    Migration(
        3,
        "replication",
        """
-- Why a body is not here: `outside` (not for this holder, or not received yet), `erased`, `quarantined`. NULL: it is.
ALTER TABLE revision ADD COLUMN absent TEXT;
UPDATE revision SET absent = 'erased' WHERE body IS NULL;
CREATE INDEX revision_absent ON revision (device, epoch, sequence) WHERE absent IS NOT NULL;

-- `root` is the name that everybody knows an epoch by; `epoch` differs from it for a branch (see sync/branches.py).
-- `received`: up to which number the centre is known to hold it, as the centre is now; `vouched`: as it ever was.
-- `fed`: up to which number it stands in `feed`.
ALTER TABLE epoch ADD COLUMN root TEXT NOT NULL DEFAULT '';
UPDATE epoch SET root = epoch;
ALTER TABLE epoch ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
ALTER TABLE epoch ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE epoch ADD COLUMN fed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX epoch_root ON epoch (device, root);

-- Stretches of epochs that arrived before what they follow. `content` is what they carry,
-- as it came.
CREATE TABLE held (
    device TEXT NOT NULL,
    root TEXT NOT NULL,
    first INTEGER NOT NULL,
    digest {bytes} NOT NULL,
    last INTEGER NOT NULL,
    lane TEXT NOT NULL,
    chain_before {bytes} NOT NULL,
    chain_after {bytes} NOT NULL,
    content {bytes} NOT NULL,
    origin {bytes} NOT NULL,
    refused TEXT,
    PRIMARY KEY (device, root, first, digest)
) {unordered};

-- Bodies that are kept but not applied, for a person to look at. Their number in the log is taken.
CREATE TABLE quarantine (
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (device, epoch, sequence)
) {strict};

-- Revisions that a redaction names. A body of the same record is erased when it is here and not kept when it comes.
CREATE TABLE erasure (
    device TEXT NOT NULL,
    root TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    mark TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (device, root, sequence, mark, record)
) {unordered};

-- Headers as their authors signed them: they prove who wrote an epoch up to `last`, where its chain is `chain_after`,
-- to anybody, also when somebody else passes the revisions on.
CREATE TABLE header (
    device TEXT NOT NULL,
    root TEXT NOT NULL,
    last INTEGER NOT NULL,
    chain_after {bytes} NOT NULL,
    signed {bytes} NOT NULL,
    PRIMARY KEY (device, root, last, chain_after)
) {unordered};

-- What a centre gives out, in the order in which it came: stretches of epochs. `chain` runs over all of them; `again`
-- marks revisions that stood there before without their body.
CREATE TABLE feed (
    position {serial},
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    again INTEGER NOT NULL,
    chain {bytes} NOT NULL
) {strict};

-- The lives of the centre: a new one begins when it is restored from a backup. Here, of the centre that this folder
-- knows or is; `is_current` marks the one that counts.
CREATE TABLE incarnation (
    name TEXT PRIMARY KEY,
    is_current INTEGER NOT NULL
) {strict};

-- Up to where the centre's feed was taken over. One row. `before_version` and `before_position` say what an earlier
-- scope had brought already.
CREATE TABLE cursor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    incarnation TEXT NOT NULL,
    version TEXT NOT NULL,
    position INTEGER NOT NULL,
    chain {bytes} NOT NULL,
    before_version TEXT,
    before_position INTEGER NOT NULL
) {strict};

-- What this folder may have and change, as the centre last said, as JSON. One row. `is_due`: something that lies
-- outside of it is still here; `checked`: up to which position of the log that was looked at.
CREATE TABLE own_scope (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    scope TEXT NOT NULL,
    is_due INTEGER NOT NULL,
    checked INTEGER NOT NULL
) {strict};

-- The sealed bundle that is being sent, so that it can go on where it was cut off. At most one row.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    digest {bytes} NOT NULL,
    data {bytes} NOT NULL
) {strict};

-- Bundles of others that are carried unopened to the centre. `delivered_to` is the life of the centre that
-- got it, `refusal` says why it could not take it.
CREATE TABLE carried (
    id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    root TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    data {bytes} NOT NULL,
    delivered_to TEXT NOT NULL DEFAULT '',
    refusal TEXT NOT NULL DEFAULT ''
) {strict};

-- The newest signed receipt per epoch, to be shown and taken back to those who have no network.
CREATE TABLE receipt (
    device TEXT NOT NULL,
    root TEXT NOT NULL,
    data {bytes} NOT NULL,
    PRIMARY KEY (device, root)
) {strict};

-- Bundles of which the beginning was received.
CREATE TABLE upload (
    id TEXT NOT NULL,
    device TEXT NOT NULL,
    data {bytes} NOT NULL,
    PRIMARY KEY (device, id)
) {strict};
""",
    ),
    Migration(
        4,
        "backed_up",
        """
-- `backed_up`: up to which number the last backup of the centre, as it is now, is known to hold an epoch.
ALTER TABLE epoch ADD COLUMN backed_up INTEGER NOT NULL DEFAULT 0;

-- Up to which position of its feed the centre's last backup reaches: at the centre itself, and as it last said at a
-- laptop. One row, none while there is no backup in this life.
CREATE TABLE backup (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL
) {strict};
""",
    ),
    REGISTRY,
    Migration(
        6,
        "sticks",
        """
-- What others said on sticks that they hold: `device` has the epoch `root` of `author` up to `sequence`, where its
-- chain is `chain`. `at_ms` is the clock of who said it; only its latest word is kept.
CREATE TABLE told (
    device TEXT NOT NULL,
    author TEXT NOT NULL,
    root TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    chain {bytes} NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (device, author, root, sequence, chain)
) {unordered};

-- Up to which number an epoch was written to a stick, and when last (UTC, ISO 8601). It says nothing of arriving.
CREATE TABLE written (
    device TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    written_at TEXT NOT NULL,
    PRIMARY KEY (device, epoch)
) {unordered};

-- Bundles from sticks that cannot be used yet; `reason` is the code of the error, `device` whose they are, "" if that
-- cannot be read.
CREATE TABLE parked (
    id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    device TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    data {bytes} NOT NULL
) {strict};

-- Signed papers for others that came on a stick and are passed on. `subject` is the device that they are about.
CREATE TABLE paper (
    id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    data {bytes} NOT NULL
) {strict};
""",
    ),
    Migration(
        7,
        "carried chains",
        """
-- The chain after the last revision of a carried bundle: with it the centre is asked whether it still has it.
ALTER TABLE carried ADD COLUMN chain {bytes};
""",
    ),
    KEYS,
    Migration(
        9,
        "contents",
        """
-- Which contents of attachments others said on sticks that they hold: tokens one after the other. `part` counts the
-- statements that it took; `at_ms` is the clock of who said it, and only its latest word is kept.
CREATE TABLE told_contents (
    device TEXT NOT NULL,
    part INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    tokens {bytes} NOT NULL,
    PRIMARY KEY (device, part)
) {unordered};
""",
    ),
    RETURNS,
    Migration(
        11,
        "carried bodies",
        """
-- Of how many bodies of a carried bundle the centre still knew only the hash after it took it.
ALTER TABLE carried ADD COLUMN lacking INTEGER NOT NULL DEFAULT 0;
""",
    ),
    Migration(
        12,
        "carried signers",
        """
-- Who signed a carried bundle, if the centre vouches for it: it is carried at the cost of that laptop's share.
ALTER TABLE carried ADD COLUMN signer TEXT NOT NULL DEFAULT '';
""",
    ),
    Migration(
        13,
        "cursor before",
        """
-- The chain at `before_position`, without which nobody can tell whether the centre still has what it had given then.
DELETE FROM cursor WHERE before_version IS NOT NULL;
ALTER TABLE cursor ADD COLUMN before_chain {bytes};
""",
    ),
)
