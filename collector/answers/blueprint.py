"""The blueprint of the answering pages, on which each module of views hangs its own, and the words of their errors."""

from flask import Blueprint

from collector import wording
from collector.answers.error_words import WORDS

blueprint = Blueprint("answers", __name__)
wording.add_errors(WORDS)
