"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("people", __name__)
