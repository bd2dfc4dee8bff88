"""The office of a centre: gives codes to laptops, approves requests, lists and revokes devices.

Pages and commands alike use it. Communes are named by their present code, villages by their name; the registry knows
them by internal ids.
"""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from unicodedata import normalize

from collector.central import journal
from collector.central.errors import CommuneUnknown, NotACentre, VillageAmbiguous, VillageSimilar
from collector.central.policy import make_grants
from collector.database import Database
from collector.device import ensure_keys
from collector.escrow import get_escrow
from collector.folder import DataFolder
from collector.folding import fold
from collector.phrase import make_code
from collector.query import list_records
from collector.units.aliases import canonical
from collector.units.communes import belongs, make_unit_id
from collector.units.official import Commune, find_commune
from sync.codes import Terms
from sync.devices import COMMUNE, DAY_MS, VILLAGE, day_of
from sync.enrolling import Admitted, CentreFacts, Enrolling
from sync.registry import StoredRegistry
from sync.storage import Connection

CODE_DAYS: Final = 7
MAX_CODE_DAYS: Final = 60
ADDRESS: Final = "centre_address"
"""The setting that holds the address under which laptops reach this centre."""


class Issued(NamedTuple):
    """A code that was given: its words are shown once. `unit` is the village that it names, "" for a new one."""

    words: str
    name: bytes
    commune: Commune
    village: str
    unit: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Wish:
    """For whom a code or an approval is: the commune by its code, and the name of a village ("": as the laptop says).

    With `kind` COMMUNE it is for the laptop of the commune itself, with EITHER for that or a village's. `is_new` says
    that a village whose name is like that of a known one, but for accents, is another village.
    """

    commune_code: str
    village: str = ""
    kind: str = VILLAGE
    days: int = CODE_DAYS
    uses: int = 1
    is_new: bool = False


class Office:
    """The office of the centre in a folder.

    `address` is where laptops reach it, "" as the settings say.
    """

    def __init__(self, folder: DataFolder, database: Database, address: str = "") -> None:
        """Open it.

        :raises NotACentre: if the folder has another role.
        """
        settings = folder.read_settings()
        if settings.get("role") != "central":
            raise NotACentre()
        self.folder = folder
        self.database = database
        self.address = str(settings.get(ADDRESS) or address)
        self.name = str(settings.get("village_name") or "")
        self._unit = str(settings.get("unit") or "")
        self.registry = StoredRegistry(
            database.storage,
            ensure_keys(folder),
            make_grants=make_grants,
            note=lambda paper: journal.note_paper(folder, paper),
        )

    @property
    def enrolling(self) -> Enrolling:
        """What answers laptops that want to belong here.

        :raises EscrowMissing: if bundles could not be sealed for the escrow.
        """
        facts = CentreFacts(get_escrow(self.folder), self.address, self.name[:200], self._unit)
        return Enrolling(self.registry, facts)

    def issue(self, wish: Wish, issued_by: str = "") -> Issued:
        """Give a code that lets a laptop in.

        :raises CommuneUnknown: if no commune has this code.
        :raises VillageAmbiguous: if several villages have this name.
        :raises VillageSimilar: if a village has almost this name.
        :raises EscrowMissing: if the centre has no escrow key yet.
        """
        commune, admitted = self.find_place(wish)
        words = make_code(secrets.token_bytes)
        expires_at = self.registry.clock() + wish.days * DAY_MS
        label = wish.village or commune.name
        terms = Terms(admitted.kind, admitted.commune, admitted.unit, label, issued_by, expires_at, wish.uses)
        name = self.enrolling.issue_code(words, terms)
        return Issued(words, name, commune, wish.village, admitted.unit, expires_at)

    def approve(self, request: bytes, wish: Wish) -> bytes:
        """Let in the laptop that made this request; give the answer that it takes in.

        :raises EnrolmentRefused: if the request is not good.
        """
        return self.enrolling.approve(request, self.find_place(wish)[1])

    def find_place(self, wish: Wish) -> tuple[Commune, Admitted]:
        """Find the commune and the village that are meant."""
        commune = find_commune(wish.commune_code)
        if commune is None:
            raise CommuneUnknown(code=wish.commune_code)
        unit = make_unit_id(COMMUNE, commune.code)
        if wish.kind == COMMUNE or not wish.village:
            return commune, Admitted(wish.kind, unit)
        with self.database.reading() as connection:
            today = date.fromisoformat(day_of(self.registry.clock()))
            village = _find_village(connection, commune, unit, wish, today)
        return commune, Admitted(VILLAGE, unit, village)


def _find_village(connection: Connection, commune: Commune, unit: str, wish: Wish, day: date) -> str:
    """Find a village of a commune by its name, among those that belong here and those on record; "" if it is new."""
    members = connection.rows("SELECT unit, name FROM member_village WHERE commune = :unit", {"unit": unit})
    named = {row["unit"]: row["name"] for row in members}
    for row in list_records(connection, "unit"):
        if row["unit"] == row["id"] and not row["demo"] and belongs(row, commune, day):
            named[row["id"]] = row["name"]
    meant = [village for village, known in named.items() if _shorten(known) == _shorten(wish.village)]
    found = sorted({canonical(connection, village) for village in meant})
    if len(found) > 1:
        raise VillageAmbiguous(name=wish.village)
    near = [known for known in named.values() if fold(_shorten(known)) == fold(_shorten(wish.village))]
    if not found and near and not wish.is_new:
        raise VillageSimilar(name=wish.village, known=near[0])
    return found[0] if found else ""


def _shorten(name: str) -> str:
    """Leave out what does not tell villages apart: letter case, spaces, the word for village before the name."""
    words = normalize("NFC", name).casefold().split()
    return " ".join(words[1:] if words[:1] == ["thôn"] else words)
