"""XForm XML as a tree that can be changed: finding its parts by namespace, adding elements. Knows no round.

Prefixes and order are kept as they are, since clients compare files by their hash. The text comes from a questionnaire
that was read, and so checked for size, depth and entities, when it was stored.
"""

from collections.abc import Iterator, Mapping
from typing import Final
from xml.dom.minidom import Document, Element, Node, parseString

XFORMS: Final = "http://www.w3.org/2002/xforms"
XHTML: Final = "http://www.w3.org/1999/xhtml"
JAVAROSA: Final = "http://openrosa.org/javarosa"
GROUPS: Final = frozenset({"group", "repeat"})
CONTROLS: Final = frozenset({"input", "select", "select1", "trigger", "upload", "range", "rank", "secret"})

_WORDS: Final = frozenset({"label", "hint"})


class XForm:
    """One XForm and its parts."""

    def __init__(self, source: str) -> None:
        self.document: Document = parseString(source.encode())  # noqa: S318 - without DTD, see above
        self.model = find(self.document, "model")
        self.body = find(self.document, "body", XHTML)
        self.root = next(
            root
            for instance in children(self.model, "instance")
            if not instance.getAttribute("src")
            for root in children(instance)
        )
        self.binds: dict[str, Element] = {
            bind.getAttribute("nodeset"): bind for bind in children(self.model, "bind")
        }
        self.translations = [
            each for itext in children(self.model, "itext") for each in children(itext, "translation")
        ]

    def write(self) -> bytes:
        """Write the form as UTF-8."""
        return bytes(self.document.toxml(encoding="utf-8"))

    def make(self, name: str, attributes: Mapping[str, str] | None = None, text: str = "") -> Element:
        """Make an element in the namespace of XForms."""
        element = self.document.createElementNS(XFORMS, name)
        prefix = self.model.prefix
        if prefix:
            element.tagName = element.nodeName = f"{prefix}:{name}"
        for key, value in (attributes or {}).items():
            element.setAttribute(key, value)
        if text:
            element.appendChild(self.document.createTextNode(text))
        return element

    def make_answer(self, parent: Element, name: str, text: str = "") -> Element:
        """Add a place for an answer inside the instance, in the namespace of its root."""
        element = self.document.createElementNS(self.root.namespaceURI, name)
        if self.root.prefix:
            element.tagName = element.nodeName = f"{self.root.prefix}:{name}"
        if text:
            element.appendChild(self.document.createTextNode(text))
        parent.appendChild(element)
        return element

    def bind(self, path: str, attributes: Mapping[str, str]) -> Element:
        """Give the bind of a path, made if there is none, with these attributes set."""
        found = self.binds.get(path)
        if found is None:
            found = self.make("bind", {"nodeset": path})
            self.model.appendChild(found)
            self.binds[path] = found
        for key, value in attributes.items():
            found.setAttribute(key, value)
        return found

    def list_controls(self) -> list[Element]:
        """List the questions of the body."""
        return [each for each in walk(self.body) if each.localName in CONTROLS and each.namespaceURI == XFORMS]

    def list_paths(self) -> list[tuple[str, Element]]:
        """List every place of the primary instance with its absolute path, the root first."""
        pending, found = [(f"/{self.root.localName}", self.root)], []
        while pending:
            path, element = pending.pop()
            found.append((path, element))
            pending.extend((f"{path}/{child.localName}", child) for child in reversed(children(element)))
        return found

    def remove_control(self, control: Element) -> None:
        """Take a question out of the body, and the groups and repeats that it leaves empty.

        A repeat goes out of the answers too: they hold it twice, which only a repeat in the body allows.
        """
        place = control
        while place is not self.body:
            above = place.parentNode
            remove(place)
            if place.localName == "repeat":
                self.remove_place(place.getAttribute("nodeset"))
            if not isinstance(above, Element) or any(each.localName not in _WORDS for each in children(above)):
                return
            place = above

    def remove_place(self, path: str) -> None:
        """Take a place with everything inside it, and the binds of both, out of the form."""
        for place, element in self.list_paths():
            if place == path:
                remove(element)
        for each in [bound for bound in self.binds if bound == path or bound.startswith(f"{path}/")]:
            remove(self.binds.pop(each))

    def remove_empty_actions(self, start: str) -> None:
        """Take out actions that set a place under this path which is no longer there."""
        places = {path for path, _element in self.list_paths()}
        for action in [each for each in walk(self.document) if each.localName == "setvalue"]:
            path = action.getAttribute("ref")
            if path.startswith(start) and path not in places:
                remove(action)


def children(element: Element | Document, name: str = "") -> list[Element]:
    """List the child elements, of one local name if it is given."""
    return [
        child
        for child in element.childNodes
        if child.nodeType == Node.ELEMENT_NODE and (not name or child.localName == name)
    ]


def walk(element: Element | Document) -> Iterator[Element]:
    """Give every element inside another, in document order; the tree may be changed meanwhile."""
    for child in children(element):
        yield child
        yield from walk(child)


def find(document: Document, name: str, space: str = XFORMS) -> Element:
    """Give the first element of a name in a namespace.

    :raises IndexError: if there is none; a questionnaire without it is never stored.
    """
    return document.getElementsByTagNameNS(space, name)[0]


def text_of(element: Element) -> str:
    """Give the text directly inside an element."""
    return "".join(child.data for child in element.childNodes if child.nodeType == Node.TEXT_NODE)


def remove(element: Element) -> None:
    """Take an element out of the tree, if it is still in it."""
    if element.parentNode is not None:
        element.parentNode.removeChild(element)
