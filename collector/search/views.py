"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("search", __name__)
