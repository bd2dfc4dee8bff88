"""The same form under another name, without some questions, or with recordings: what is given out to clients.

The XForm on record stays as it is; a round gives out a variant of it. Works on the text of a form that was read before,
and so has no DTD.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final
from xml.dom.minidom import Document, Element, parseString

from collector.questionnaires.languages import name_language
from collector.questionnaires.nodes import read_xml

_NOT_RELEVANT: Final = "false()"
_DECLARED: Final = re.compile(r"^<\?xml[^>]*\?>\s*")


def make_variant(
    xform: str,
    *,
    form_id: str = "",
    version: str = "",
    title: str = "",
    hidden: Collection[str] = (),
    recordings: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """Give a form under another id, version or title.

    Questions of the paths in `hidden` are never relevant. `recordings` are file names by the name of a question and
    the tag of a language: they are played with the question's label, in a translation of their own if need be.

    :raises XmlRefused: if it is no XML, or has a DTD.
    """
    read_xml(xform)
    document = parseString(_DECLARED.sub("", xform).encode())  # noqa: S318 - read_xml refused every DTD
    root = _find_root(document)
    if form_id:
        root.setAttribute("id", form_id)
    if version:
        root.setAttribute("version", version)
    for node in _find(document, "title")[:1] if title else ():
        _set_text(document, node, title)
    for bind in _find(document, "bind"):
        if bind.getAttribute("nodeset") in hidden:
            bind.setAttribute("relevant", _NOT_RELEVANT)
    for (question, tag), name in sorted((recordings or {}).items()):
        _add_recording(document, question, tag, name)
    return "".join(('<?xml version="1.0"?>\n', *(node.toxml() for node in document.childNodes), "\n"))


def _find(document: Document | Element, name: str) -> list[Element]:
    return [node for node in document.getElementsByTagName("*") if node.localName == name]


def _find_root(document: Document) -> Element:
    instance = next(node for node in _find(document, "instance") if not node.getAttribute("src"))
    return next(node for node in instance.childNodes if isinstance(node, Element))


def _set_text(document: Document, node: Element, text: str) -> None:
    for child in list(node.childNodes):
        node.removeChild(child)
    node.appendChild(document.createTextNode(text))


def _add_recording(document: Document, question: str, tag: str, name: str) -> None:
    translation = _find_translation(document, tag)
    if translation is None:
        return
    for text in _find(translation, "text"):
        if text.getAttribute("id").endswith(f"/{question}:label"):
            for value in _find(text, "value"):
                if value.getAttribute("form") == "audio":
                    text.removeChild(value)
            value = document.createElement("value")
            value.setAttribute("form", "audio")
            value.appendChild(document.createTextNode(f"jr://audio/{name}"))
            text.appendChild(value)


def _find_translation(document: Document, tag: str) -> Element | None:
    """Find the translation of a language; if there is none, make one with the words of the default."""
    translations = _find(document, "translation")
    for node in translations:
        if node.getAttribute("lang").lower().rstrip(") ").rpartition("(")[2] == tag.lower():
            return node
    if not translations:
        return None
    default = next((node for node in translations if node.getAttribute("default")), translations[0])
    made = default.cloneNode(True)
    assert isinstance(made, Element) and default.parentNode is not None  # as any element inside a document
    made.setAttribute("lang", f"{name_language(tag)} ({tag})")
    if made.hasAttribute("default"):
        made.removeAttribute("default")
    for value in _find(made, "value"):
        if value.getAttribute("form") == "audio" and value.parentNode is not None:
            value.parentNode.removeChild(value)
    default.parentNode.insertBefore(made, None)
    return made
