"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("units", __name__)
