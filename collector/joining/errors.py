"""What can keep a laptop from joining a centre, and the words for it."""

from typing import Final

from collector.errors import CollectorError
from collector.words import N_


class DemoCannotJoin(CollectorError):
    """An invented village never belongs to a centre."""

    code = "demo_cannot_join"
    status = 409


class CentreCannotJoin(CollectorError):
    """The folder is that of a centre; only laptops join one."""

    code = "centre_cannot_join"
    status = 409


class JoinedAlready(CollectorError):
    """The laptop belongs to another centre; a person has to say that it leaves that one."""

    code = "joined_already"
    status = 409


class CodeMistyped(CollectorError):
    """The words are not those of a code. `problems` says what is wrong, word by word."""

    code = "code_mistyped"
    status = 422


class AddressMistyped(CollectorError):
    """This is no address of a centre."""

    code = "address_mistyped"
    status = 422


class AddressMissing(AddressMistyped):
    """No address was typed."""

    code = "address_missing"


class AnswerNotConfirmed(CollectorError):
    """Nobody compared the words of the centre yet, so its answer cannot be taken in."""

    code = "answer_not_confirmed"
    status = 409


WORDS: Final = {
    "demo_cannot_join": (
        N_("This is an invented village for practice. It can never belong to a centre."),
        N_("Please set up a data folder for the real village and let that one join."),
    ),
    "centre_cannot_join": (
        N_("This data folder is that of a centre. Only laptops of villages and communes join one."),
        N_("Please name the folder of a laptop with --data."),
    ),
    "joined_already": (
        N_("This laptop belongs to another centre already: %(centre)s"),
        N_("Nothing was changed. If it is to leave that centre, please say so."),
    ),
    "code_mistyped": (
        N_("The words are not those of a code yet."),
        N_("Please look at the words again."),
    ),
    "address_mistyped": (
        N_("This is not the address of a centre yet: %(address)s"),
        N_("Please type it as the officer gave it, for example https://example.org"),
    ),
    "address_missing": (
        N_("The address of the centre is not typed yet."),
        N_("Please type it as the officer gave it, for example https://example.org"),
    ),
    "answer_not_confirmed": (
        N_("The answer names this centre: %(words)s"),
        N_("Please compare these words with those that the officer has, then say that they are the same."),
    ),
}
"""Title and advice, by code."""
