"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("today", __name__)
