"""The code that sets ODK Collect up: its settings as JSON, compressed with zlib, as Base64 in a QR code.

Format: docs.getodk.org/collect-import-export. Settings that are left out go back to Collect's defaults.
"""

import base64
import json
import zlib
from typing import Any, Final

from markupsafe import Markup

_COLOUR: Final = "#0b5c49"


def make_settings(server_url: str, project: str, language: str) -> dict[str, Any]:
    """Make the settings: open rounds appear by themselves, sheets go over Wi-Fi at once and leave the phone."""
    return {
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_fifteen_minutes",
            "autosend": "wifi_only",
            "delete_send": True,
            "analytics": False,
            "app_language": language,
        },
        "admin": {"view_sent": False, "change_form_metadata": False},
        "project": {"name": project, "icon": project[:1] or "C", "color": _COLOUR},
    }


def write_settings(settings: dict[str, Any]) -> str:
    """Write settings as the text that Collect reads from a QR code."""
    return base64.b64encode(zlib.compress(json.dumps(settings, ensure_ascii=False).encode(), 9)).decode()


def draw_settings(settings: dict[str, Any], title: str) -> Markup:
    """Draw the QR code of settings as inline SVG without styles."""
    import segno

    code = segno.make_qr(write_settings(settings), error="l")
    svg = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, title=title, border=4)
    return Markup(svg)  # noqa: S704 -- drawn here; the title is escaped by segno
