"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("setup", __name__)
