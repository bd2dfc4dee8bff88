"""The XML documents of OpenRosa 1.0: list of forms, manifest of media, response. Text in, bytes out.

Specifications: docs.getodk.org/openrosa-form-list, openrosa-form-submission, openrosa-http.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_LIST: Final = "http://openrosa.org/xforms/xformsList"
_MANIFEST: Final = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE: Final = "http://openrosa.org/http/response"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form in the list; `manifest_url` is empty if it needs no files."""

    form_id: str
    name: str
    version: str
    md5: str
    download_url: str
    manifest_url: str = ""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that belongs to a form."""

    name: str
    md5: str
    download_url: str


def write_form_list(forms: Iterable[ListedForm]) -> bytes:
    """Write the list of forms."""
    return _write("xforms", _LIST, "".join(map(_write_form, forms)))


def _write_form(form: ListedForm) -> str:
    manifest = _write_tag("manifestUrl", form.manifest_url) if form.manifest_url else ""
    return (
        f"<xform>{_write_tag('formID', form.form_id)}{_write_tag('name', form.name)}"
        f"{_write_tag('version', form.version)}{_write_tag('hash', f'md5:{form.md5}')}"
        f"{_write_tag('downloadUrl', form.download_url)}{manifest}</xform>"
    )


def write_manifest(files: Iterable[ListedFile]) -> bytes:
    """Write the list of the files of a form."""
    listed = (
        f"<mediaFile>{_write_tag('filename', file.name)}{_write_tag('hash', f'md5:{file.md5}')}"
        f"{_write_tag('downloadUrl', file.download_url)}</mediaFile>"
        for file in files
    )
    return _write("manifest", _MANIFEST, "".join(listed))


def write_response(nature: str, sentence: str) -> bytes:
    """Write what is said to whoever sends; `nature` groups sentences of one kind."""
    return _write("OpenRosaResponse", _RESPONSE, f"<message nature={quoteattr(nature)}>{escape(sentence)}</message>")


def _write(name: str, space: str, inside: str) -> bytes:
    return f"{_HEAD}<{name} xmlns={quoteattr(space)}>{inside}</{name}>".encode()


def _write_tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
