"""Why a laptop was not enrolled, or an answer not taken in: sentences by reason, for both sides."""

from collections.abc import Mapping
from typing import Any, Final

from collector.words import N_

ENROLMENT_REASONS: Final = {
    "malformed": (
        N_("This is no request of a laptop, or it is damaged."),
        N_("Please make the request again on the laptop and copy the file again."),
    ),
    "too_new": (
        N_("A newer version of Collector made this."),
        N_("Please install the newest version here, then try again."),
    ),
    "code": (
        N_("The centre does not know this code."),
        N_("Please look at every word again. If it is right, ask the officer for a new code."),
    ),
    "used": (
        N_("This code was used already, or taken back."),
        N_("Please ask the officer for a new code."),
    ),
    "expired": (
        N_("This code is too old."),
        N_("Please ask the officer for a new code."),
    ),
    "revoked": (
        N_("This laptop was locked out by the centre."),
        N_("If it is in good hands again, ask the officer for a new code."),
    ),
    "demo": (
        N_("This is an invented village for practice. It can never belong to a centre."),
        N_("Please set up a data folder for the real village and let that one join."),
    ),
    "role": (
        N_("This code is for another kind of laptop: a village's laptop needs a code for a village."),
        N_("Please ask the officer for a code for this kind of laptop."),
    ),
    "other_commune": (
        N_("This code is for another commune than the one that this laptop was set up for."),
        N_("Please ask for a code for this commune."),
    ),
    "new_village": (
        N_("This code is for a village that is not at the centre yet."),
        N_("Please set the village up on this computer first, then type the code."),
    ),
    "unit_taken": (
        N_("The village of this laptop belongs to another laptop at the centre already."),
        N_("Please ask the officer for a code that names this village."),
    ),
    "centre": (
        N_("This is the centre itself."),
        N_("Only laptops of villages and communes join a centre."),
    ),
}
"""Why a laptop was not enrolled: title and advice, by reason."""

ANSWER_REASONS: Final = {
    "proof": (
        N_("The answer does not come from who gave the code. Nothing was sent to it."),
        N_("Please look at the address of the centre and at every word of the code, then try again."),
    ),
    "device": (
        N_("This answer is for another laptop."),
        N_("Please take the file that was made for the request of this laptop."),
    ),
    "too_new": ENROLMENT_REASONS["too_new"],
}
"""Why an answer of a centre was not taken in, by reason."""
DAMAGED: Final = (
    N_("This is no answer of a centre, or it is damaged."),
    N_("Please copy the file again, or ask the officer to issue it again."),
)
NO_CENTRE_THERE: Final = (
    N_("Something else than a centre answered at this address."),
    N_("Please look at the address again. If the network asks to log in first, log in, then try again."),
)


def explain_enrolment(error: Any) -> tuple[str, str] | None:
    """Give the English title and advice of an error of enrolment, None for other errors."""
    context: Mapping[str, Any] = getattr(error, "context", {})
    reason = str(context.get("reason", ""))
    if error.code == "enrolment_refused":
        return ENROLMENT_REASONS.get(reason, ENROLMENT_REASONS["malformed"])
    if error.code == "answer_refused":
        return ANSWER_REASONS.get(reason, DAMAGED)
    return None

WORDS: Final = {
    "too_many_enrolments": (
        N_("Too many wrong codes came from there. Please wait %(seconds)s seconds."),
        N_("Then type the words of the code slowly, one by one."),
    ),
    "enrolment_refused": ENROLMENT_REASONS["malformed"],
    "answer_refused": DAMAGED,
}
"""Title and advice by code, where the reason is not looked at."""
