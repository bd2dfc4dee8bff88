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
    hidden: tuple[str, ...]
    """The paths of questions that the round does not ask."""
    words: tuple[tuple[str, SheetWords], ...]


@dataclass(frozen=True)
class ServedForm:
    """A form as phones get it, and where in it what this module added stands."""

    form_id: str
    version: str
    title: str
    xml: bytes
    group: str
    end: str
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

    def find_added(self, answers: Mapping[str, str], name: str) -> str:
        """Give the answer at a place that was added, empty without."""
        return answers.get(f"{self.group}/{name}") or answers.get(f"{self.end}/{name}", "")

    def is_kept(self, path: str) -> bool:
        """Tell whether the answer at a path is part of the sheet: neither added here nor telling who answered."""
        outside = (self.group, self.end, *self.dropped)
        return not any(path == each or path.startswith(f"{each}/") for each in outside)


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
    addition = _Addition(form, asked)
    addition.add()
    return ServedForm(
        form_id=asked.form_id,
        version=form.root.getAttribute("version"),
        title=asked.title,
        xml=form.write(),
        group=addition.group,
        end=addition.end,
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
        names = (_GROUP + "_" * count for count in range(99))
        name = next(name for name in names if not {name, f"{name}_end"} & taken)
        self.group = f"/{form.root.localName}/{name}"
        self.end = f"{self.group}_end"
        self.agreed = f"{self.group}/consent = '{AGREES}'"

    def add(self) -> None:
        """Add everything: consent and village at the beginning, the code at the end, in the answers too.

        Some clients show questions in the order of the answers.
        """
        for path in self.asked.hidden:
            self.form.bind(path, {"relevant": "false()"})
        self._ask_for_consent_first()
        first, last = self._make_places()
        questions = list(self.form.body.childNodes)
        controls = [self._make_consent()]
        if len(self.asked.villages) > 1:
            self.form.make_answer(first, "village")
            controls.append(self._make_village())
        for control in controls:
            self.form.body.insertBefore(control, questions[0] if questions else None)
        for place in ("code", "code_shown"):
            self.form.make_answer(last, place)
        self.form.body.appendChild(self._make_code())

    def _make_places(self) -> tuple[Element, Element]:
        root = self.form.root
        first = self.form.make_answer(root, self.group.rpartition("/")[2])
        last = self.form.make_answer(root, self.end.rpartition("/")[2])
        root.insertBefore(first, children(root)[0])
        metas = children(root, "meta")
        root.insertBefore(last, metas[0] if metas else None)
        self.form.make_answer(first, "consent_version", self.asked.consent_version)
        self.form.make_answer(first, "consent")
        self.form.make_answer(first, "day")
        return first, last

    def _ask_for_consent_first(self) -> None:
        """Nothing of the questionnaire is relevant before somebody agreed to answer."""
        for name in dict.fromkeys(child.localName for child in children(self.form.root) if child.localName != "meta"):
            path = f"/{self.form.root.localName}/{name}"
            bind = self.form.bind(path, {})
            earlier = bind.getAttribute("relevant").strip()
            bind.setAttribute("relevant", f"{self.agreed} and ({earlier})" if earlier else self.agreed)

    def _make_consent(self) -> Element:
        form = self.form
        form.bind(f"{self.group}/consent_version", {"type": "string", "readonly": "true()"})
        form.bind(f"{self.group}/day", {"type": "date", "calculate": "once(today())"})
        form.bind(f"{self.group}/consent", {"type": "string", "required": "true()"})
        choices = [(AGREES, self._each("agree")), (DECLINES, self._each("decline"))]
        return self._make_choice("consent", self._each("consent"), choices)

    def _make_village(self) -> Element:
        self.form.bind(f"{self.group}/village", {"type": "string", "required": "true()", "relevant": self.agreed})
        choices = [(value, dict.fromkeys(self.words, name)) for value, name in self.asked.villages]
        return self._make_choice("village", self._each("village"), choices)

    def _make_code(self) -> Element:
        form = self.form
        form.bind(f"{self.end}/code", {"type": "string", "calculate": f"once({CODE})"})
        form.bind(f"{self.end}/code_shown", {"type": "string", "readonly": "true()", "relevant": self.agreed})
        note = form.make("input", {"ref": f"{self.end}/code_shown"})
        note.appendChild(self._make_label("code", self._each("code"), output=f"{self.end}/code"))
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
