"""Takes out of a form what would tell who sent a sheet, from which device and when; and says what to drop of answers.

Clients are asked not to collect it, and what a client sends nevertheless is dropped when it arrives. Taken out are
preloaded device and user data, start and end, the audit log, places and captured files (photo, sound, video).
Calculations over them, or over the present minute, are dropped on arrival: a copy of the start time is a start time.
"""

import re
from dataclasses import dataclass
from typing import Final
from xml.dom.minidom import Element

from collector.openrosa.xform import JAVAROSA, XForm, children, remove, walk

KEPT_PRELOADS: Final = frozenset({"uid", "date"})
"""The id of the instance, and the day: a sheet carries its day anyway."""
_META_KEPT: Final = "instanceID"
_ACTIONS: Final = frozenset({"setgeopoint", "recordaudio"})
_PLACES: Final = frozenset({"geopoint", "geotrace", "geoshape"})
_WORD: Final = re.compile(r"[^\W\d][\w.-]*")
_TELLING: Final = re.compile(r"\b(?:now|uuid|property)\s*\(")


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out: paths whose answers are dropped, and the names of questions that are not asked."""

    paths: frozenset[str]
    questions: tuple[str, ...]


def remove_identifying(form: XForm) -> Removed:
    """Take out what identifies."""
    for element in [each for each in walk(form.document) if each.localName in _ACTIONS]:
        remove(element)
    questions = _remove_captures(form)
    telling = {path.rpartition("/")[2]: path for path in questions}
    telling |= {path.rpartition("/")[2]: path for path in _remove_preloads(form)}
    _empty_meta(form)
    dropped = set(telling.values()) | _find_copies(form, set(telling))
    return Removed(frozenset(dropped), tuple(path.rpartition("/")[2] for path in questions))


def _remove_captures(form: XForm) -> list[str]:
    found = []
    for control in form.list_controls():
        path = control.getAttribute("ref")
        bind = form.binds.get(path)
        kind = bind.getAttribute("type").rpartition(":")[2] if bind is not None else ""
        if control.localName == "upload" or kind in _PLACES or kind == "binary":
            remove(control)
            found.append(path)
            if bind is not None:
                _let_go(bind)
    return found


def _let_go(bind: Element) -> None:
    """Nobody can fill in what is not asked, so it must not be required."""
    for name in ("required", "constraint"):
        if bind.hasAttribute(name):
            bind.removeAttribute(name)


def _remove_preloads(form: XForm) -> list[str]:
    found = []
    for path, bind in form.binds.items():
        preload = bind.getAttributeNS(JAVAROSA, "preload")
        if preload and preload not in KEPT_PRELOADS:
            found.append(path)
            bind.removeAttributeNS(JAVAROSA, "preload")
            if bind.hasAttributeNS(JAVAROSA, "preloadParams"):
                bind.removeAttributeNS(JAVAROSA, "preloadParams")
    return found


def _empty_meta(form: XForm) -> None:
    """Leave the id in the meta block only; the name of an instance would show answers in the list of the phone."""
    for meta in children(form.root, "meta"):
        for child in children(meta):
            if child.localName != _META_KEPT:
                form.remove_place(f"/{form.root.localName}/meta/{child.localName}")


def _find_copies(form: XForm, names: set[str]) -> set[str]:
    """Find what is calculated from the minute, or from places with these names, over any number of steps."""
    sources = {path: bind.getAttribute("calculate") for path, bind in form.binds.items()}
    for action in [each for each in walk(form.document) if each.localName == "setvalue"]:
        path = action.getAttribute("ref")
        sources[path] = f"{sources.get(path, '')} {action.getAttribute('value')}"
    found: set[str] = set()
    while True:
        more = {
            path
            for path, source in sources.items()
            if path not in found and (_TELLING.search(source) or names & set(_WORD.findall(source)))
        }
        if not more:
            return found
        found |= more
        names = names | {path.rpartition("/")[2] for path in more}
