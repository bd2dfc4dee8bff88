"""The blueprint of the meetings' pages, on which each module of views hangs its own."""

from flask import Blueprint

blueprint = Blueprint("meetings", __name__)
