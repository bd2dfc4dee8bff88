"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("programmes", __name__)
