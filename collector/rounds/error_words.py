"""Words of the errors of rounds: title and advice by their code, for pages and for the command line."""

from typing import Final

from collector.words import N_

WORDS: Final = {
    "round_not_planned": (
        N_("People are being asked in this round already."),
        N_("Go back to the round: what was fixed with the draw stays as it is."),
    ),
    "already_drawn": (
        N_("The households of this round are drawn already."),
        N_("Please use “Replace a household” where somebody cannot be asked."),
    ),
    "household_list_missing": (
        N_("%(village)s has no list of households yet."),
        N_("Please take over the list of households first."),
    ),
    "round_register_missing": (
        N_("%(village)s has no register yet, so it is not known how many households and adults live there."),
        N_("Please enter the register of this laptop's village under Village and settings; that of another"
           " village comes from its team."),
    ),
    "more_asked_than_registered": (
        N_("In %(village)s %(asked)s households would be asked, but the register counts %(registered)s."),
        N_("Please correct the register or the list of households, then draw again."),
    ),
    "sample_too_small": (
        N_("%(asked)s households are too few for all villages of the round."),
        N_("Please draw %(needed)s or more, so that every village has at least 5."),
    ),
    "sample_too_large": (
        N_("The lists hold %(present)s households, fewer than %(asked)s."),
        N_("Please draw at most %(present)s."),
    ),
    "not_replaceable": (
        N_("This household keeps its place."),
        N_("Only an address that is empty, moved away or listed twice is replaced. Who refused or was not met stays"
           " in the number."),
    ),
    "ticked_twice": (
        N_("These households are ticked and marked as not asked at once: %(numbers)s."),
        N_("Please choose one of both for each of them."),
    ),
    "round_not_printable": (
        N_("Blank sheets are printed only while people are being asked."),
        N_("Please make the draw first. After closing no sheet is needed any more."),
    ),
    "dimension_not_asked": (
        N_("This questionnaire has no question about “%(dimension)s”."),
        N_("Please untick it, or choose another questionnaire."),
    ),
    "too_many_forms": (
        N_("So many forms at once take too long."),
        N_("Please print between 1 and %(most)s, then go on with the next ones."),
    ),
}  # fmt: skip
