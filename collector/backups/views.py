"""Pages of this feature."""

from flask import Blueprint

blueprint = Blueprint("backups", __name__)
