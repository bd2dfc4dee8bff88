"""The blueprint of rounds: the modules of this package hang their pages on it."""

from flask import Blueprint

blueprint = Blueprint("rounds", __name__)
