"""Words of a form in the language of a reader, with the answers inside them, and the answers that can be chosen."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from collector.questionnaires.errors import QuestionNotFound
from collector.questionnaires.form import Form, ItemSet, Question, Saying, Words
from collector.questionnaires.nodes import Node
from collector.questionnaires.scope import Scope

MAX_OPTIONS: Final = 1_000
_MARKS: Final = (
    (re.compile(r"</?(?:span|br|p|div|b|i|u|strong|em|font)(?:\s[^<>]{0,300})?/?>", re.IGNORECASE), ""),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"\1"),
    (re.compile(r"(?<!\w)__([^_\n]+)__(?!\w)"), r"\1"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*\n]*)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_([^_\s][^_\n]*)_(?!\w)"), r"\1"),
    (re.compile(r"(?m)^ {0,3}#{1,6} +"), ""),
    (re.compile(r"\[([^\[\]\n]{1,300})\]\((?:[^()\s]{1,500})\)"), r"\1"),
)
"""What ODK Collect takes for bold, italics, headings and links: pages show plain words."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose: its value, its words, the names of its picture and its recording (empty without)."""

    value: str
    label: str
    image: str = ""
    audio: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words in the language of the reader, and the names of what is shown or played with them."""

    text: str = ""
    image: str = ""
    audio: str = ""


class Speaker:
    """Says the words of one form in one language."""

    def __init__(self, form: Form, language: str) -> None:
        self.form = form
        self.language = form.find_language(language)

    def say(self, words: Words, scope: Scope) -> Spoken:
        """Say words; where the language lacks a text or a picture, those of another, but never its recording."""
        own = words.sayings.get(self.language) or words.sayings.get("") or Saying()
        others = [own, *(words.sayings[name] for name in self.form.languages if name in words.sayings)]
        parts = next((each.parts for each in others if each.parts), ())
        text = "".join(part if isinstance(part, str) else part.text(scope) for part in parts)
        return Spoken(plain(text), next((each.image for each in others if each.image), ""), own.audio)

    def say_id(self, name: str, scope: Scope) -> str:
        """Say a text of the form by its id."""
        return self.say(self.form.texts.get(name, Words()), scope).text

    def say_choice(self, value: str, path: str, scope: Scope) -> str:
        """Say the words of a choice; empty if there is no such question or choice."""
        try:
            question = self.form.get_question(path)
        except QuestionNotFound:
            return ""
        return next((option.label for option in self.options(question, scope) if option.value == value), "")

    def options(self, question: Question, scope: Scope) -> Iterator[Option]:
        """Give the answers that can be chosen now."""
        for choice in question.choices:
            said = self.say(choice.words, scope)
            yield Option(choice.value, said.text or choice.value, said.image, said.audio)
        if question.items is not None:
            yield from self._listed(question.items, scope)

    def values(self, question: Question, scope: Scope) -> Iterator[str]:
        """Give the values that can be chosen now, without their words."""
        for choice in question.choices:
            yield choice.value
        if question.items is not None:
            for node in _nodes(question.items, scope):
                if value := _text_at(node, question.items.value):
                    yield value

    def _listed(self, items: ItemSet, scope: Scope) -> Iterator[Option]:
        for node in _nodes(items, scope):
            value, label = _text_at(node, items.value), _text_at(node, items.label)
            said = self.say(self.form.texts.get(label, Words()), scope) if items.by_id else Spoken(label)
            if value:
                yield Option(value, said.text or value, said.image, said.audio)


def _nodes(items: ItemSet, scope: Scope) -> Sequence[Node]:
    nodes = items.nodes.value(scope)
    return nodes[:MAX_OPTIONS] if isinstance(nodes, list) else ()


def _text_at(node: Node, name: str) -> str:
    found = node.find(name)
    return found.value.strip() if found is not None else ""


def plain(text: str) -> str:
    """Take the marks for bold, italics, headings and links out of a text, and needless spaces."""
    for pattern, kept in _MARKS:
        text = pattern.sub(kept, text)
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
