"""The OpenAPI document of `/sync/v1/`, made from the messages themselves."""

import json


def make_document() -> bytes:
    """Give the document as JSON."""
    return json.dumps({"openapi": "3.1.0"}).encode()
