"""A questionnaire as it is asked: its questions in order with their words and logic, read from XForm XML.

Pure: knows neither pages nor records. `Form.parse` takes what pyxform makes of an XLSForm (or any XForm within the ODK
XForms specification). What cannot be asked on a web page does not hinder parsing: it is listed in `Form.obstacles`, so
that the form can still be served to ODK Collect. See `interview` for asking.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from collector.folding import fold
from collector.questionnaires.errors import QuestionNotFound
from collector.questionnaires.expressions import Expression
from collector.questionnaires.nodes import Node

LANGUAGE_NAMES = {"vi": ("tieng viet", "vietnamese", "viet", "vn"), "en": ("english", "tieng anh")}
"""How authors call a language who do not add its tag, without accents."""


class Control(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    ONE = "one"
    SEVERAL = "several"
    NOTE = "note"
    ACKNOWLEDGE = "acknowledge"
    RANK = "rank"
    PLACE = "place"
    PICTURE = "picture"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"
    BARCODE = "barcode"


ON_WEB = frozenset(
    {
        Control.TEXT, Control.INTEGER, Control.DECIMAL, Control.DATE, Control.TIME, Control.MOMENT, Control.ONE,
        Control.SEVERAL, Control.NOTE, Control.ACKNOWLEDGE,
    }
)  # fmt: skip
"""What a web page without script can ask."""


@dataclass(frozen=True, slots=True)
class Saying:
    """Words in one language: texts and expressions in turn, and the names of the files shown or played with them."""

    parts: tuple[str | Expression, ...] = ()
    image: str = ""
    audio: str = ""
    video: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Words in every language of the form; those that are the same in all stand under an empty name."""

    sayings: Mapping[str, Saying] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.sayings)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose, written into the form itself."""

    value: str
    words: Words


@dataclass(frozen=True, slots=True)
class ItemSet:
    """Answers to choose from a list: which items (with the filter), where their values and their words stand."""

    nodes: Expression
    value: str
    label: str
    by_id: bool
    """Whether `label` names the id of a text rather than the words."""
    filtered: bool


@dataclass(frozen=True, slots=True)
class Bind:
    """The logic of one place in the answers. Expressions are None where the form says nothing."""

    path: str
    type: str = "string"
    relevant: Expression | None = None
    constraint: Expression | None = None
    required: Expression | None = None
    readonly: Expression | None = None
    calculate: Expression | None = None
    constraint_words: Words = field(default_factory=Words)
    required_words: Words = field(default_factory=Words)
    preload: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or a note between questions."""

    path: str
    control: Control
    label: Words
    hint: Words
    bind: Bind
    choices: tuple[Choice, ...] = ()
    items: ItemSet | None = None
    appearance: str = ""
    groups: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    step: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that belong together; `repeated` if they are asked several times."""

    path: str
    label: Words
    appearance: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A value that is set when the interview begins (`trigger` is empty) or when a question was answered."""

    path: str
    trigger: str
    value: Expression | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a form cannot be asked on a web page: where (path, empty for the whole form) and what, as a code.

    Codes: repeat, control, expression, external, video, place, search, application, action, unlabelled, nowhere,
    no_question, endless, evaluation. `context` has what the sentence needs.
    """

    path: str
    code: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """A questionnaire. Treat it as constant: it is shared between interviews."""

    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    """As the form names them, its default first; empty if it has words without a language only."""
    questions: tuple[Question, ...]
    binds: Mapping[str, Bind]
    groups: Mapping[str, Group]
    actions: tuple[Action, ...]
    texts: Mapping[str, Words]
    template: Node
    """The document with the empty answers."""
    instances: Mapping[str, Node]
    """The lists of choices, by name."""
    media: frozenset[tuple[str, str]]
    """The files that it names: (images, audio, video or file; name)."""
    obstacles: tuple[Obstacle, ...]

    @staticmethod
    def parse(xform: str) -> "Form":
        """Read a form from XForm XML; the same text gives the same object.

        :raises XmlRefused: if it is no XML, too large, too deep, or has a DTD.
        :raises FormRefused: if it is no form, encrypted, or sends its answers to somewhere else.
        """
        return _parse(xform)

    @property
    def repeats(self) -> frozenset[str]:
        """The paths of the groups that are asked several times."""
        return frozenset(path for path, group in self.groups.items() if group.repeated)

    def get_question(self, path: str) -> Question:
        """Give a question by its path.

        :raises QuestionNotFound: if there is none.
        """
        found = self._by_path.get(path)
        if found is None:
            raise QuestionNotFound(path=path[:200])
        return found

    def find_by_name(self, name: str) -> Question | None:
        """Give the first question of a name, or None."""
        return next((question for question in self.questions if question.name == name), None)

    def find_language(self, tag: str) -> str:
        """Give the form's name of a language (`Tiếng Việt (vi)`) by its tag (`vi`), else that of its default."""
        wanted = tag.lower()
        for name in self.languages:
            if name.lower() == wanted or language_tag(name) == wanted:
                return name
        named = (name for name in self.languages if fold(name) in LANGUAGE_NAMES.get(wanted, ()))
        return next(named, self.languages[0] if self.languages else "")

    @cached_property
    def _by_path(self) -> dict[str, Question]:
        return {question.path: question for question in self.questions}


def language_tag(name: str) -> str:
    """Give the tag inside the brackets of a language's name, in small letters; empty if there is none."""
    before, found, tag = name.rpartition("(")
    return tag.rstrip(") ").strip().lower() if found and before.strip() else ""


@lru_cache(maxsize=64)
def _parse(xform: str) -> Form:
    from collector.questionnaires.reading import read_form

    return read_form(xform)


def list_media_names(words: Iterable[Words]) -> frozenset[tuple[str, str]]:
    """Give the files that words name."""
    found = set()
    for each in words:
        for saying in each.sayings.values():
            for kind, name in (("images", saying.image), ("audio", saying.audio), ("video", saying.video)):
                if name:
                    found.add((kind, name))
    return frozenset(found)
