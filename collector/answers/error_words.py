"""Title and advice of the errors of answering, for pages and for the command line."""

from typing import Final

from collector.words import N_

WORDS: Final = {
    "round_not_open": (
        N_("Nobody can be asked in this round now: it is being prepared, or it is closed."),
        N_("Go to the round. Open it first, or choose the round that is open."),
    ),
    "paper_number_taken": (
        N_("Sheet %(number)s is entered already."),
        N_("Please look at the number of the sheet again."),
    ),
    "sheet_not_found": (
        N_("No sheet belongs to this code."),
        N_("Please compare every letter with the paper. The sheet may have been erased already."),
    ),
    "sheet_left_urn": (
        N_("Sheet %(number)s was mixed with others and can no longer be told apart."),
        N_("It stays as it is. The resident can have it erased with the withdrawal code."),
    ),
    "open_sheet_unreadable": (
        N_("The unfinished sheet cannot be opened in this browser."),
        N_("Please take the computer back and discard it; then begin a new sheet."),
    ),
    "questionnaire_not_for_screen": (
        N_("This questionnaire cannot be asked on these pages: %(reason)s"),
        N_("Ask it with ODK Collect, or upload a questionnaire without that."),
    ),
    "paper_not_found_here": (
        N_("Sheet %(number)s is not entered yet."),
        N_("Please look at the number of the sheet again."),
    ),
    "answers_stay_in_village": (
        N_("Single answers stay on the computer of the village."),
        N_("Only results without single answers come here. Ask the village team."),
    ),
    "answers_refused": (
        N_("This file of answers cannot be taken over: %(reason)s"),
        N_("See the names of the columns in the dictionary: collector export answers --round ID."),
    ),
}
