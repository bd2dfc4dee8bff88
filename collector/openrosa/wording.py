"""Words for what can go wrong between a phone and the laptop. Collect shows the sentences to whoever sends."""

from typing import Final

from collector.words import N_

WORDS: Final = {
    "phone_not_found": (
        N_("This phone is not on the list."),
        N_("Please go back to the list of phones."),
    ),
    "phone_not_allowed": (
        N_("This phone may not send here: its key is unknown or was locked out."),
        N_("Please ask the head of the team to add the phone anew. The sheets stay on the phone until then."),
    ),
    "too_many_phones": (
        N_("The list of phones is full: it holds %(limit)s."),
        N_("Please use a phone that is on the list already."),
    ),
    "phone_form_not_found": (
        N_("This form belongs to no survey round that is open."),
        N_("Please fetch the list of forms again. A sheet of a closed round can no longer be added."),
    ),
    "submission_not_readable": (
        N_("What was sent is not a filled-in form of this program (%(reason)s)."),
        N_("Please send it again. If this repeats, enter the answers from the phone's screen on the computer."),
    ),
    "other_sheet_received": (
        N_("Another sheet with the same id was received before; nothing was changed."),
        N_("Please fill in a new form."),
    ),
    "correction_too_late": (
        N_("The sheet was mixed with others and can no longer be corrected."),
        N_("With its withdrawal code it can still be erased on the computer, then answered anew."),
    ),
}

SENTENCES: Final = {
    "kept": N_("The sheet was received."),
    "corrected": N_("The corrected sheet was received."),
    "repeated": N_("The sheet had been received already; nothing is counted twice."),
    "without_consent": N_("Consent was not given, so nothing was kept."),
    "taken_back": N_("Consent was taken back, so the sheet was erased."),
}
"""What is said to whoever sent a sheet, by what came of it."""
