"""The blueprint that the pages of villages and households register on."""

from flask import Blueprint

blueprint = Blueprint("units", __name__)
