"""What can go wrong with who belongs to a centre, and the words for it."""

from typing import Final

from collector.errors import CollectorError
from collector.words import N_


class NotACentre(CollectorError):
    """The folder is that of a laptop; only a centre keeps devices."""

    code = "not_a_centre"
    status = 409


class CentreNotSetUp(CollectorError):
    """There is no centre in this folder yet."""

    code = "centre_not_set_up"
    status = 409


class DatabaseOfAnother(CollectorError):
    """The database holds the log of another centre, or of a laptop."""

    code = "database_of_another"
    status = 409


class AddressInvalid(CollectorError):
    """This is no address to listen at, or none at which a centre is reached."""

    code = "address_invalid"
    status = 422


class CommuneUnknown(CollectorError):
    """No commune has this code today."""

    code = "commune_unknown"
    status = 422


class VillageAmbiguous(CollectorError):
    """Several villages of the commune have this name."""

    code = "village_ambiguous"
    status = 422


class VillageSimilar(CollectorError):
    """A village of the commune has almost this name: perhaps only an accent is missing."""

    code = "village_similar"
    status = 422


class CodeNotFound(CollectorError):
    """There is no such code, or it counts no more."""

    code = "code_not_found"
    status = 404


WORDS: Final = {
    "not_a_centre": (
        N_("This data folder is not that of a centre."),
        N_("Devices are kept by the centre. Name its folder with --data."),
    ),
    "centre_not_set_up": (
        N_("There is no centre in this data folder yet: %(path)s"),
        N_("Set it up with: collector init --role central --data %(path)s"),
    ),
    "database_of_another": (
        N_("This database belongs to another data folder."),
        N_("Nothing was changed. Name an empty database, or the data folder that belongs to this one."),
    ),
    "address_invalid": (
        N_("This is no address: %(address)s"),
        N_("Listen at an address such as 127.0.0.1 or 0.0.0.0; laptops reach the centre at one such as https://example.org"),
    ),
    "commune_unknown": (
        N_("There is no commune with the code %(code)s today."),
        N_("Please type the five digits of the present code, for example 20704."),
    ),
    "village_ambiguous": (
        N_("The commune has several villages of the name %(name)s."),
        N_("Please make them one village first, or name another village."),
    ),
    "village_similar": (
        N_("The commune has a village of almost this name: %(known)s"),
        N_("If that is the one, please type its name exactly so. If %(name)s is another village, say that it is new."),
    ),
    "code_not_found": (
        N_("This code counts no more."),
        N_("Please look at the list of codes, or issue a new one."),
    ),
    "device_unknown": (
        N_("No device with this id belongs to this centre: %(device)s"),
        N_("Please look at the list of devices and take the id from there."),
    ),
    "escrow_missing": (
        N_("This centre has no reserve key yet, so no laptop can join it."),
        N_("Make it with: collector device reserve. Its words are shown once and belong into a safe."),
    ),
    "escrow_made": (
        N_("This centre has a reserve key already."),
        N_("Nothing was changed. Its words were shown when it was made; they are kept nowhere else."),
    ),
}
"""Title and advice, by code."""
