"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("history", __name__)
