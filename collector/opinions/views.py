"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("opinions", __name__)
