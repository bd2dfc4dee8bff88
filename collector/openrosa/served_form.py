"""The form that phones get for one round: the questionnaire, asked after consent, with a withdrawal code at the end.

Pure and without chance: the same round gives the same bytes, so that a phone fetches a form again only if it changed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from xml.dom.minidom import Element

from collector.openrosa.anonymity import remove_identifying
from collector.openrosa.xform import XForm, children, walk
from collector.questionnaires.form import Form, language_tag

AGREES: Final = "yes"
DECLINES: Final = "no"
DEFAULT_LANGUAGE: Final = "vi"
_DIGITS: Final = ", '-', ".join(["substr(uuid(), 24, 28)"] * 3)
CODE: Final = f"translate(concat({_DIGITS}), 'abcdef01', 'ABCDEFGH')"
"""Three times four random hexadecimal digits, with letters in the place of 0 and 1, which look like O and I."""
CODE_MARK: Final = "%CODE%"
"""Where the withdrawal code stands in `SheetWords.code`."""
_GROUP: Final = "collector"


@dataclass(frozen=True, slots=True)
class SheetWords:
    """What the form says besides its questions, in one language."""

    consent: str
    agree: str
    decline: str
    village: str
    code: str
    thanks: str


@dataclass(frozen=True, slots=True)
class RoundForm:
    """What is known of a round when its form is made. `words` by the tag of their language, Vietnamese among them."""

    form_id: str
    title: str
    xform: str
    consent_version: str
    villages: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, SheetWords], ...]


@dataclass(frozen=True)
class ServedForm:
    """A form as phones get it, and where in it what this module added stands."""

    form_id: str
    version: str
    title: str
    xml: bytes
    group: str
    dropped: frozenset[str]
    left_out: tuple[str, ...]

    @property
    def md5(self) -> str:
        """The hash by which clients know that the form changed; OpenRosa names no other."""
        return hashlib.md5(self.xml, usedforsecurity=False).hexdigest()

    @property
    def form(self) -> Form:
        """The form, ready to read what is sent."""
        return Form.parse(self.xml.decode())

    def path(self, name: str) -> str:
        """Give the path of a place that was added."""
        return f"{self.group}/{name}"


def make_form_id(form_id: str, round_id: str) -> str:
    """Name the form of a round: that of its questionnaire and the random end of the round's id."""
    return f"{form_id}-{round_id[-8:]}"


@lru_cache(maxsize=32)
def make_served_form(asked: RoundForm) -> ServedForm:
    """Make the form of a round."""
    form = XForm(asked.xform)
    removed = remove_identifying(form)
    form.root.setAttribute("id", asked.form_id)
    for title in [each for each in walk(form.document) if each.localName == "title"][:1]:
        for child in list(title.childNodes):
            title.removeChild(child)
        title.appendChild(form.document.createTextNode(asked.title))
    group = _Addition(form, asked).add()
    return ServedForm(
        form_id=asked.form_id,
        version=form.root.getAttribute("version"),
        title=asked.title,
        xml=form.write(),
        group=group,
        dropped=removed.paths,
        left_out=removed.questions,
    )


class _Addition:
    """Adds consent, village and withdrawal code to one form."""

    def __init__(self, form: XForm, asked: RoundForm) -> None:
        self.form = form
        self.asked = asked
        self.words = dict(asked.words)
        taken = {child.localName for child in children(form.root)}
        self.name = next(name for name in (_GROUP + "_" * count for count in range(99)) if name not in taken)
        self.group = f"/{form.root.localName}/{self.name}"

    def add(self) -> str:
        """Add everything; give the path of the group."""
        questions = list(self.form.body.childNodes)
        self._ask_for_consent_first()
        place = self.form.make_answer(self.form.root, self.name)
        self.form.root.insertBefore(place, children(self.form.root)[0])
        self.form.make_answer(place, "consent_version", self.asked.consent_version)
        self.form.make_answer(place, "consent")
        self.form.make_answer(place, "day")
        first = [self._make_consent()]
        agreed = f"{self.group}/consent = '{AGREES}'"
        if len(self.asked.villages) > 1:
            self.form.make_answer(place, "village")
            first.append(self._make_village(agreed))
        self.form.make_answer(place, "code")
        self.form.make_answer(place, "code_shown")
        for control in first:
            self.form.body.insertBefore(control, questions[0] if questions else None)
        self.form.body.appendChild(self._make_code(agreed))
        return self.group

    def _ask_for_consent_first(self) -> None:
        """Nothing of the questionnaire is relevant before somebody agreed to answer."""
        agreed = f"{self.group}/consent = '{AGREES}'"
        for name in dict.fromkeys(child.localName for child in children(self.form.root) if child.localName != "meta"):
            path = f"/{self.form.root.localName}/{name}"
            bind = self.form.bind(path, {})
            earlier = bind.getAttribute("relevant").strip()
            bind.setAttribute("relevant", f"{agreed} and ({earlier})" if earlier else agreed)

    def _make_consent(self) -> Element:
        form = self.form
        form.bind(f"{self.group}/consent_version", {"type": "string", "readonly": "true()"})
        form.bind(f"{self.group}/day", {"type": "date", "calculate": "once(today())"})
        form.bind(f"{self.group}/consent", {"type": "string", "required": "true()"})
        choices = [(AGREES, self._each("agree")), (DECLINES, self._each("decline"))]
        return self._make_choice("consent", self._each("consent"), choices)

    def _make_village(self, agreed: str) -> Element:
        self.form.bind(f"{self.group}/village", {"type": "string", "required": "true()", "relevant": agreed})
        choices = [(value, dict.fromkeys(self.words, name)) for value, name in self.asked.villages]
        return self._make_choice("village", self._each("village"), choices)

    def _make_code(self, agreed: str) -> Element:
        form = self.form
        form.bind(f"{self.group}/code", {"type": "string", "calculate": f"once({CODE})"})
        form.bind(f"{self.group}/code_shown", {"type": "string", "readonly": "true()", "relevant": agreed})
        note = form.make("input", {"ref": f"{self.group}/code_shown"})
        note.appendChild(self._make_label("code", self._each("code"), output=f"{self.group}/code"))
        hint = self._make_label("thanks", self._each("thanks"), tag="hint")
        note.appendChild(hint)
        return note

    def _make_choice(
        self, name: str, label: Mapping[str, str], choices: Sequence[tuple[str, Mapping[str, str]]]
    ) -> Element:
        control = self.form.make("select1", {"ref": f"{self.group}/{name}"})
        control.appendChild(self._make_label(name, label))
        for place, (value, words) in enumerate(choices):
            item = self.form.make("item")
            item.appendChild(self._make_label(f"{name}-{place}", words))
            item.appendChild(self.form.make("value", text=value))
            control.appendChild(item)
        return control

    def _make_label(self, name: str, words: Mapping[str, str], *, tag: str = "label", output: str = "") -> Element:
        """Make a label: by id if the form has languages, else with the words themselves."""
        if not self.form.translations:
            return self._fill(self.form.make(tag), words[DEFAULT_LANGUAGE], output)
        text_id = f"{self.group}/{name}:{tag}"
        for translation in self.form.translations:
            tagged = language_tag(translation.getAttribute("lang"))
            text = self.form.make("text", {"id": text_id})
            value = self.form.make("value")
            self._fill(value, words.get(tagged, words[DEFAULT_LANGUAGE]), output)
            text.appendChild(value)
            translation.appendChild(text)
        return self.form.make(tag, {"ref": f"jr:itext('{text_id}')"})

    def _fill(self, element: Element, words: str, output: str) -> Element:
        before, _, after = words.partition(CODE_MARK) if output else (words, "", "")
        element.appendChild(self.form.document.createTextNode(before))
        if output:
            element.appendChild(self.form.make("output", {"value": output}))
            element.appendChild(self.form.document.createTextNode(after))
        return element

    def _each(self, field: str) -> dict[str, str]:
        return {tag: str(getattr(words, field)) for tag, words in self.words.items()}
