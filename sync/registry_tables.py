"""The tables of who belongs to a centre and of what a laptop knows of others; and keys by which a log can be spread.

Numbered migrations like the others; `migrations` has the list of all.
"""

from typing import Final

from sync.storage import Migration

REGISTRY: Final = Migration(
    5,
    "registry",
    """
-- Who belongs to a centre, kept by the centre alone. One row. `change` is random and new after every decision, so that
-- each process sees when what it remembers is old; `day` is the day for which scopes were worked out last.
CREATE TABLE registry (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    change TEXT NOT NULL,
    day TEXT NOT NULL
) {strict};
INSERT INTO registry (id, change, day) VALUES (1, '', '');

-- Devices that were enrolled. `kind` is village or commune, `unit` the village or commune as the centre knows it,
-- `version` that of its scope, `certificate` the newest one, numbered by `issued`. `revoked_at` (milliseconds) is NULL
-- while it counts; `revocation` is then the signed word of it.
CREATE TABLE device (
    device TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    signing {bytes} NOT NULL,
    encryption {bytes} NOT NULL,
    enrolled_at INTEGER NOT NULL,
    version TEXT NOT NULL,
    issued INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    certificate {bytes},
    revoked_at INTEGER,
    revocation {bytes}
) {strict};

-- Every scope that a device ever had, as JSON.
CREATE TABLE past_scope (
    device TEXT NOT NULL,
    version TEXT NOT NULL,
    scope TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (device, version)
) {strict};

-- Villages whose laptops belong here, and the unit of their commune.
CREATE TABLE member_village (
    unit TEXT PRIMARY KEY,
    commune TEXT NOT NULL,
    name TEXT NOT NULL
) {strict};

-- From a day on, a unit takes over what belonged to another.
CREATE TABLE succession (
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (old, new)
) {strict};

-- Codes with which laptops enrol. `id` and `wrapped` are derived from the words and lead back to them no more; what is
-- wrapped opens with the centre's own key only. `unit` is "" for a village that is new.
CREATE TABLE enrolment_code (
    id {bytes} PRIMARY KEY,
    wrapped {bytes} NOT NULL,
    kind TEXT NOT NULL,
    commune TEXT NOT NULL,
    unit TEXT NOT NULL,
    label TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    uses_left INTEGER NOT NULL
) {strict};

-- Which device used a code, so that one whose answer got lost is answered again.
CREATE TABLE enrolment_use (
    code {bytes} NOT NULL,
    device TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (code, device)
) {strict};

-- How often somebody tried a wrong code, per address (as a keyed hash) and stretch of time.
CREATE TABLE enrolment_try (
    address TEXT NOT NULL,
    stretch INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (address, stretch)
) {strict};

-- What devices last told of themselves: when (milliseconds of the centre), how far their clock is ahead, their version
-- of the program, and how many records and sheets they still had to send.
CREATE TABLE contact (
    device TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL,
    clock_error INTEGER NOT NULL,
    program TEXT NOT NULL,
    pending_records INTEGER NOT NULL,
    pending_sheets INTEGER NOT NULL
) {strict};

-- The directory of a laptop: certificates of the devices that share scope with it, as the centre gave them last. One
-- row of `directory` says which version of it this is.
CREATE TABLE certificate (
    device TEXT PRIMARY KEY,
    data {bytes} NOT NULL
) {strict};
CREATE TABLE directory (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version TEXT NOT NULL
) {strict};
""",
)

KEYS: Final = Migration(
    8,
    "keys",
    """
-- On a server, every key of the tables of devices holds the device, so that they can be spread over several machines by
-- it. Positions come from one sequence there, as before; an index finds them.
{postgresql}ALTER TABLE revision DROP CONSTRAINT revision_pkey;
{postgresql}ALTER TABLE revision ADD PRIMARY KEY (device, position);
{postgresql}CREATE INDEX revision_position ON revision (position);
{postgresql}ALTER TABLE lane_writer DROP CONSTRAINT IF EXISTS lane_writer_device_epoch_fkey;
""",
)

RETURNS: Final = Migration(
    10,
    "returns",
    """
-- When a centre that had forgotten a device took it back, because it showed the centre's own word; else NULL.
ALTER TABLE device ADD COLUMN taken_back_at INTEGER;

-- Devices that were given more by this centre than it has: `life` and `position` are those of the device's cursor. One
-- that goes on with this centre is not among them any more.
CREATE TABLE doubt (
    device TEXT PRIMARY KEY,
    life TEXT NOT NULL,
    position INTEGER NOT NULL,
    noted_at INTEGER NOT NULL
) {strict};
""",
)
