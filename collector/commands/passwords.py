"""How commands learn secrets: from the environment or a prompt, never from an option that others could read."""

import os

import click

from collector.commands.language import _
from collector.words import N_

PASSWORD_WORDS = N_("Password for %(name)s")
PHRASE_WORDS = N_("Recovery phrase (11 words)")


def ask_password(name: str) -> str:
    """Give the password from `COLLECTOR_PASSWORD`, else ask for it twice."""
    known = os.environ.get("COLLECTOR_PASSWORD")
    if known is not None:
        return known
    answer: str = click.prompt(_(PASSWORD_WORDS, name=name), hide_input=True, confirmation_prompt=True, err=True)
    return answer


def ask_phrase() -> str:
    """Give the recovery phrase from `COLLECTOR_PHRASE`, else ask for it."""
    known = os.environ.get("COLLECTOR_PHRASE")
    if known is not None:
        return known
    answer: str = click.prompt(_(PHRASE_WORDS), err=True)
    return answer
