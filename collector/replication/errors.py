"""What can go wrong between this laptop and the centre, and the words for it: what is so, and what to do."""

from collections.abc import Mapping
from typing import Final

from collector.errors import CollectorError
from collector.words import N_


class NotEnrolled(CollectorError):
    """This laptop was not enrolled at a centre yet."""

    code = "not_enrolled"
    status = 409


class SyncRunning(CollectorError):
    """Another process, or another page, exchanges for this folder now."""

    code = "sync_running"
    status = 409


class SyncStopped(CollectorError):
    """The exchange was asked to stop; it goes on from there the next time."""

    code = "sync_stopped"
    status = 503


class WrongAddress(CollectorError):
    """What was given as the centre's address is none."""

    code = "wrong_address"
    status = 422


CENTRE_FULL: Final = "centre_full"
"""What has the words for a centre that is troubled because its disk is full."""
WORDS: Final = {
    "not_enrolled": (
        N_("This laptop does not belong to a centre yet."),
        N_(
            "Ask the commune officer for a code of eight words, then type: collector device enrol CODE --server"
            " ADDRESS. Everything that was recorded stays here and is sent afterwards."
        ),
    ),
    "sync_running": (
        N_("Sending and receiving is already going on for this laptop."),
        N_("Please wait until it has ended. It goes on even when its page is closed."),
    ),
    "sync_stopped": (
        N_("Sending and receiving was stopped."),
        N_("Nothing is lost. It goes on from there the next time."),
    ),
    "wrong_address": (
        N_("This is not the address of a centre: %(address)s"),
        N_("An address looks like this: https://example.vn. Please look at the paper with the code again."),
    ),
    "centre_unreachable": (
        N_("The centre cannot be reached. Perhaps there is no network here."),
        N_("Connect this laptop to the internet and send again, or carry what is here on a USB stick."),
    ),
    CENTRE_FULL: (
        N_("The disk of the centre is full, so it takes nothing just now."),
        N_("Nothing is lost. Please tell whoever runs the centre, and send again once there is room."),
    ),
    "centre_troubled": (
        N_("The centre cannot take anything just now."),
        N_("Nothing is lost. Please send again later; if it happens again, tell whoever runs the centre."),
    ),
    "connection_lost": (
        N_("The connection to the centre broke off, or the centre does not answer."),
        N_("Nothing is lost. Please try again later: it goes on where it stopped."),
    ),
    "captive_portal": (
        N_("The network asks to log in."),
        N_("Open any page in the browser and log in to the network, then send again."),
    ),
    "answer_forged": (
        N_("Somebody else answers at this address, not the centre of this laptop."),
        N_("Nothing was sent. Please ask the commune officer for the right address."),
    ),
    "device_refused": (
        N_("The centre does not accept this laptop any more."),
        N_("Everything is still on this laptop. Please ask the commune officer to enrol it again."),
    ),
    "went_backwards": (
        N_("The centre shows less than it showed before. It may be an old copy of it."),
        N_(
            "Please tell whoever runs the centre: the page “Laptops” there shows it, and decides it for all laptops."
            " Then send again."
        ),
    ),
    "centre_refused": (
        N_("The centre did not take what was sent."),
        N_("Nothing is lost. Please send again; if it happens again, tell the commune officer."),
    ),
    "bundle_too_new": (
        N_("What was received needs a newer version of this program."),
        N_("Please update Collector, then receive again."),
    ),
    "bundle_error": (
        N_("What was received was damaged on its way and was not taken."),
        N_("Please receive again; if it happens again, tell the commune officer."),
    ),
    "segment_refused": (
        N_("What was received contradicts what is here and was not taken."),
        N_("Nothing is lost. Please tell the commune officer."),
    ),
    "certificate_refused": (
        N_("The permission of this laptop is not valid any more."),
        N_("Everything is still on this laptop. Please ask the commune officer to enrol it again."),
    ),
    "statement_refused": (
        N_("What the centre said is not signed as it should be."),
        N_("Nothing was changed. Please try again; if it happens again, tell the commune officer."),
    ),
}
"""Title and advice, by the code of the error."""
SAME: Final = {
    "not_a_bundle": "bundle_error",
    "bundle_incomplete": "bundle_error",
    "bundle_damaged": "bundle_error",
    "bundle_too_large": "bundle_error",
    "bundle_forged": "bundle_error",
    "bundle_for_others": "bundle_error",
    "bundle_for_another_server": "answer_forged",
    "content_unknown": "centre_refused",
    "path_unknown": "centre_refused",
    "request_mistyped": "centre_refused",
    "request_refused": "centre_refused",
    "request_too_large": "centre_refused",
    "request_unsigned": "device_refused",
    "set_aside_full": "centre_refused",
    "upload_refused": "centre_refused",
}
"""Errors that ask for the same of people, by the code that has the words."""
OF_OWN: Final = frozenset({"body_refused", "bundle_too_new", "segment_refused"}) | {
    code for code, same in SAME.items() if same == "bundle_error"
}
"""Errors about a bundle; at the centre they mean what was sent, here what was received."""
WORDS.update({code: WORDS[same] for code, same in SAME.items()})


def find_words(code: str, context: Mapping[str, object]) -> tuple[str, str] | None:
    """Give the title and the advice of an error of an exchange, None if it is none of those."""
    if context.get("at") == "centre" and code in OF_OWN:
        return WORDS["centre_refused"]
    if code == "centre_troubled" and context.get("refusal") == "storage_full":
        return WORDS[CENTRE_FULL]
    return WORDS.get(code)


QUIET: Final = frozenset(
    {"centre_unreachable", "centre_troubled", "connection_lost", "captive_portal", "sync_stopped", "sync_running"}
)
"""What is no news to anybody when it happens unasked."""
