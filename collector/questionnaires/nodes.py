"""XML as a light tree that can be walked upwards, read from text that nobody vouches for.

Documents with a DTD, and so with entities, are refused before anything is expanded; size, depth and number of
elements are capped. Names are local names: XForms clients differ in the prefixes they write.
"""

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from collector.questionnaires.errors import XmlRefused

MAX_XML_BYTES: Final = 2_000_000
MAX_DEPTH: Final = 60
MAX_NODES: Final = 60_000
_SEPARATOR: Final = " "


class Node:
    """An element, or the document above the topmost element (its name is empty)."""

    __slots__ = ("attributes", "children", "name", "parent", "space", "tail", "text")

    def __init__(self, name: str, parent: "Node | None" = None, space: str = "") -> None:
        self.name = name
        self.space = space
        self.parent = parent
        self.attributes: dict[str, str] = {}
        self.children: list[Node] = []
        self.text = ""
        self.tail = ""
        if parent is not None:
            parent.children.append(self)

    def get(self, name: str, default: str = "") -> str:
        """Give an attribute by its local name."""
        return self.attributes.get(name, default)

    def find(self, name: str) -> "Node | None":
        """Give the first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def list(self, name: str) -> "list[Node]":
        """Give the children of a name."""
        return [child for child in self.children if child.name == name]

    def walk(self) -> "Iterator[Node]":
        """Give this element and everything inside it, in document order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))

    @property
    def value(self) -> str:
        """The string value: the text of a leaf, of everything inside otherwise."""
        if not self.children:
            return self.text
        return "".join(node.text + (node.tail if node is not self else "") for node in self.walk())

    @property
    def path(self) -> str:
        """The absolute path, without positions."""
        names: list[str] = []
        node: Node | None = self
        while node is not None and node.name:
            names.append(node.name)
            node = node.parent
        return "/" + "/".join(reversed(names))

    def copy(self, parent: "Node | None" = None) -> "Node":
        """Give a copy of the tree from here on."""
        same = Node(self.name, parent, self.space)
        same.attributes, same.text, same.tail = dict(self.attributes), self.text, self.tail
        for child in self.children:
            child.copy(same)
        return same


def read_xml(source: str | bytes, limit_bytes: int = MAX_XML_BYTES) -> Node:
    """Read a document; give the node above its topmost element.

    :raises XmlRefused: if it is not well-formed, over the caps, or has a DTD.
    """
    data = source.encode(errors="surrogatepass") if isinstance(source, str) else source
    if len(data) > limit_bytes:
        raise XmlRefused(reason="too_large", limit_bytes=limit_bytes)
    return _Reader().read(data, is_text=isinstance(source, str))


class _Reader:
    def __init__(self) -> None:
        self.document = Node("")
        self.here = self.document
        self.last: Node | None = None
        self.depth = self.count = 0

    def read(self, data: bytes, *, is_text: bool) -> Node:
        parser = expat.ParserCreate("utf-8" if is_text else None, namespace_separator=_SEPARATOR)
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.add_text
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise XmlRefused(reason="not_xml", detail=str(error)) from error
        return self.document

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH or self.count > MAX_NODES:
            raise XmlRefused(reason="too_deep")
        space, _, local = name.rpartition(_SEPARATOR)
        self.here = Node(local, self.here, space)
        self.here.attributes = {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}
        self.last = None

    def end(self, _: str) -> None:
        self.depth -= 1
        self.last = self.here
        if self.here.parent is not None:
            self.here = self.here.parent

    def add_text(self, text: str) -> None:
        if self.last is not None and self.last.parent is self.here:
            self.last.tail += text
        else:
            self.here.text += text

    def refuse(self, *_: object) -> None:
        raise XmlRefused(reason="doctype")
