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
_ENTITIES: Final = "http://www.opendatakit.org/xforms/entities"
"""Lists of things that a server keeps and updates from answers: a list of people would come of it."""
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
    telling = {*questions, *_list_captured(form), *_remove_preloads(form)}
    _empty_meta(form)
    dropped = telling | _find_copies(form, {_name_of(path) for path in telling})
    return Removed(frozenset(dropped), tuple(map(_name_of, questions)))


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]


def _remove_captures(form: XForm) -> list[str]:
    found = []
    for control in form.list_controls():
        path = control.getAttribute("ref")
        bind = form.binds.get(path)
        if control.localName == "upload" or (bind is not None and _is_captured(bind)):
            form.remove_control(control)
            found.append(path)
            if bind is not None:
                _let_go(bind)
    return found


def _list_captured(form: XForm) -> list[str]:
    """List the places that are filled in without a question, such as where an interview began or how it sounded."""
    return [path for path, bind in form.binds.items() if _is_captured(bind)]


def _is_captured(bind: Element) -> bool:
    kind = bind.getAttribute("type").rpartition(":")[2]
    return kind in _PLACES or kind == "binary"


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
    """Leave the id in the meta block only; the name of an instance would show answers in the list of the phone.

    What makes entities of answers goes as well.
    """
    for meta in children(form.root, "meta"):
        for child in children(meta):
            if child.localName != _META_KEPT:
                form.remove_place(f"/{form.root.localName}/meta/{child.localName}")
    for element in (form.model, *form.binds.values()):
        for attribute in list(element.attributes.values()):
            if attribute.namespaceURI == _ENTITIES:
                element.removeAttributeNode(attribute)
    form.remove_empty_actions(f"/{form.root.localName}/meta/")


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
        names = names | set(map(_name_of, more))
