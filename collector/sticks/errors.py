"""What can go wrong with sticks, and the words for it: nothing is ever lost by it, and trying again is always right."""

from typing import Final

from collector.errors import CollectorError
from collector.words import N_


class NotEnrolledForSticks(CollectorError):
    """The folder belongs to no centre, so nothing can be sealed for one."""

    code = "sticks_not_enrolled"
    status = 409


class StickPlaceRefused(CollectorError):
    """What was named is no folder outside of the data folder."""

    code = "stick_place_refused"
    status = 422


class StickPlaceMissing(StickPlaceRefused):
    """Neither a stick was chosen nor a folder typed."""

    code = "stick_place_missing"


class StickBusy(CollectorError):
    """Another stick is being written or read for this folder."""

    code = "stick_busy"
    status = 409


class NothingToRead(CollectorError):
    """No file of ours was found there."""

    code = "nothing_to_read"
    status = 422


class AuthorUnknown(CollectorError):
    """No certificate of the laptop that wrote it is held here yet."""

    code = "author_unknown"
    status = 409


class AuthorRevoked(CollectorError):
    """The centre revoked the laptop that wrote it."""

    code = "author_revoked"
    status = 403


class ParkedFull(CollectorError):
    """So much waits for a newer version that no more is kept."""

    code = "parked_full"
    status = 507


class CarriedFull(CollectorError):
    """So much is carried of this laptop, or of all that are not known here, or so little room is left, that no more is
    taken."""

    code = "carried_full"
    status = 507


class RequestsFull(CollectorError):
    """So many requests to belong are carried that no more are taken."""

    code = "requests_full"
    status = 507


class ReceiptOfAnEarlierLife(CollectorError):
    """The centre gave this receipt before it was restored, or an old copy of it did."""

    code = "receipt_of_an_earlier_life"
    status = 409


class PieceOfStranger(CollectorError):
    """A photo or other file that no record here names, sealed by a laptop of which no certificate is held."""

    code = "piece_of_stranger"
    status = 409


class ContentErased(CollectorError):
    """What the photo or other file belonged to was erased."""

    code = "content_erased"
    status = 410


WORDS: Final = {
    "sticks_not_enrolled": (
        N_("This computer does not belong to a centre yet, so nothing can be sealed for the centre."),
        N_(
            "Everything that is recorded stays on this computer. Write the request file onto the stick and give it to"
            " the commune officer; the answer comes back on the same stick."
        ),
    ),
    "stick_place_refused": (
        N_("%(path)s: there is no such folder, or it lies in the data folder."),
        N_("Please plug in the stick and choose it, or type its folder, for example E:\\ or /media/usb."),
    ),
    "stick_place_missing": (
        N_("No stick is chosen yet."),
        N_("Please plug in the stick and choose it, or type its folder, for example E:\\ or /media/usb."),
    ),
    "stick_busy": (
        N_("A stick is being written or read already."),
        N_("Please wait until that has ended. It goes on even when its page is closed."),
    ),
    "nothing_to_read": (
        N_("There is nothing of Collector here: %(path)s"),
        N_("Please look whether this is the right stick. The files lie in the folder “Collector”."),
    ),
    "stick_full": (
        N_("The USB stick is full: %(path)s"),
        N_(
            "What was whole on it is still whole, and everything is on this computer. Delete other files from the"
            " stick or take another one, then write again: only what is missing is written."
        ),
    ),
    "stick_read_only": (
        N_("The USB stick cannot be written: %(path)s"),
        N_("Push back the switch of its write protection, or take another stick. Nothing was changed on it."),
    ),
    "stick_gone": (
        N_("The USB stick is no longer there: %(path)s"),
        N_(
            "Nothing is lost: what was whole is still whole on the stick and on this computer. Plug it in again and"
            " repeat; only what is missing is done again."
        ),
    ),
    "stick_unreliable": (
        N_("The USB stick gives back other bytes than were written: %(path)s"),
        N_("It is failing. Please take another stick. Everything is still on this computer."),
    ),
}
"""Title and advice of what ends writing or reading, by code."""

FILE_WORDS: Final = {
    "not_a_bundle": (
        N_("This is not a file of Collector, or its beginning is damaged."),
        N_("It was left on the stick. Please have it written again."),
    ),
    "not_a_piece": (
        N_("This is not a photo of Collector, or its beginning is damaged."),
        N_("It was left on the stick. Please have it written again."),
    ),
    "not_a_file": (
        N_("This is a link or a folder, not a file of Collector."),
        N_("It was left on the stick and not followed. Whoever put it there should take it away."),
    ),
    "piece_of_stranger": (
        N_("No record here names this photo, and the laptop that sealed it is not known here."),
        N_("It was left on the stick. Please read the stick again once the list of laptops has come."),
    ),
    "content_erased": (
        N_("What this photo belonged to was erased."),
        N_("It was left on the stick and not taken. Please empty the stick."),
    ),
    "content_wrong": (
        N_("All parts of this photo are here, and they are not what its record says."),
        N_("Nothing of it was kept. Please have it written again by the laptop that it is from."),
    ),
    "no_room_for_pieces": (
        N_("This computer has no room for more photos from sticks."),
        N_(
            "It was left on the stick, the records are not concerned. Please make room on the disk or send to the"
            " centre first, then read the stick again."
        ),
    ),
    "bundle_incomplete": (
        N_("The file ends too early: it was cut short while it was copied."),
        N_("It was left on the stick. Please have it written again by the laptop that it is from."),
    ),
    "bundle_damaged": (
        N_("The file is damaged or was changed by somebody."),
        N_("It was left on the stick and nothing of it was taken. Please have it written again."),
    ),
    "bundle_too_large": (
        N_("The file says that it holds more than can be read at once."),
        N_("It was left on the stick and nothing of it was taken. Please have it written again."),
    ),
    "bundle_too_new": (
        N_("A newer version of Collector wrote this file."),
        N_("It is kept here and read by itself once Collector is updated. Please update the program."),
    ),
    "parked_full": (
        N_("Too much waits already for a newer version of Collector."),
        N_("The file was left on the stick. Please update the program, then read the stick again."),
    ),
    "carried_full": (
        N_("This computer has no room to carry more files of this laptop to the centre."),
        N_("The file was left on the stick. Please send to the centre first, then read the stick again."),
    ),
    "requests_full": (
        N_("Too many requests to belong to the centre are carried already."),
        N_("This one was left on the stick. Please give the stick itself to the commune officer."),
    ),
    "bundle_for_another_server": (
        N_("The file belongs to another centre."),
        N_("It was left on the stick. Please give it to the people whose it is."),
    ),
    "bundle_for_others": (
        N_("The file is for somebody else and can only be carried."),
        N_("It is carried to the centre unopened."),
    ),
    "bundle_forged": (
        N_("The file was not signed by the laptop that it names."),
        N_("It was left on the stick and nothing of it was taken. Please tell the commune officer."),
    ),
    "segment_refused": (
        N_("What the file says contradicts what is known of its laptop."),
        N_("It was left on the stick and nothing of it was taken. Please tell the commune officer."),
    ),
    "set_aside_full": (
        N_("Too much is kept already of laptops that were shut out or do not belong to this centre."),
        N_("The file was left on the stick. Please look under “Laptops” which laptop sends it, and why."),
    ),
    "author_unknown": (
        N_("The laptop that wrote this is not known here yet."),
        N_("It is carried to the centre, and read here by itself once the list of laptops has come."),
    ),
    "author_revoked": (
        N_("The laptop that wrote this was shut out by the centre."),
        N_("It is carried to the centre unopened, where a person looks at it."),
    ),
    "statement_refused": (
        N_("This signed paper is damaged, too new, or not of this centre."),
        N_("It was left on the stick. Please have it written again."),
    ),
    "certificate_refused": (
        N_("This paper says of a laptop what this centre did not sign."),
        N_("It was left on the stick and not believed."),
    ),
    "receipt_of_an_earlier_life": (
        N_("This receipt is older than the last restore of the centre, or of a copy of it."),
        N_("It was not taken: what it names is written again for the centre."),
    ),
    "answer_refused": (
        N_("This answer of a centre is not for this computer."),
        N_("It is carried on to the laptop that it is for."),
    ),
}
"""Title and advice of what is wrong with a single file, by code; the others are read all the same."""
_WRITE_AGAIN: Final = N_("Nothing of it was taken. Please have it written again.")
_TELL_OFFICER: Final = N_("Nothing of it was taken. Please tell the commune officer.")
SENT_ADVICE: Final = {
    "not_a_bundle": _WRITE_AGAIN,
    "not_a_piece": _WRITE_AGAIN,
    "not_a_file": _WRITE_AGAIN,
    "piece_of_stranger": N_("Nothing of it was taken. Please choose it again once the list of laptops has come."),
    "content_erased": N_("Nothing of it was taken. Please delete the file."),
    "no_room_for_pieces": N_(
        "Nothing of it was taken, the records are not concerned. Please make room on the disk or send to the centre"
        " first, then choose the file again."
    ),
    "bundle_incomplete": N_("Nothing of it was taken. Please have it written again by the laptop that it is from."),
    "bundle_damaged": _WRITE_AGAIN,
    "bundle_too_large": _WRITE_AGAIN,
    "parked_full": N_("Nothing of it was taken. Please update the program, then choose the file again."),
    "carried_full": N_("Nothing of it was taken. Please send to the centre first, then choose the file again."),
    "requests_full": N_("Nothing of it was taken. Please give the file itself to the commune officer."),
    "bundle_for_another_server": N_("Nothing of it was taken. Please give it to the people whose it is."),
    "bundle_forged": _TELL_OFFICER,
    "segment_refused": _TELL_OFFICER,
    "set_aside_full": N_("Nothing of it was taken. Please look under “Laptops” which laptop sends it, and why."),
    "statement_refused": _WRITE_AGAIN,
    "certificate_refused": N_("Nothing of it was taken or believed."),
}
"""Advice in place of what speaks of the stick, for a file that a browser sent, by code."""
