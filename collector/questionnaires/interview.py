"""Asking a form: which question comes next, is this answer taken, what follows from it. Pure.

An interview is made anew for every request from the form and the answers so far, so that nothing lives in memory:

    form = Form.parse(questionnaire["xform"])
    interview = Interview(form, answers, now=clock.now(), seed=draft_id, language="vi", hidden=paths)
    screen = interview.show(path)                  # what a page needs to ask one question
    problem = interview.answer(path, raw)          # None: taken, everything that follows from it is worked out
    path = interview.next(path)                    # None: that was the last question
    keep(interview.values())                       # hand these to the next request
    save(interview.answers())                      # at the end: only what was relevant

Logic follows the ODK XForms specification: what is not relevant is empty for every other expression and is left out of
the answers; calculations are repeated until nothing changes. `hidden` are questions that this round does not ask.
Repeated groups are not asked here; their first turn alone is seen.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collector.questionnaires.answers import NotTaken, Problem, Raw, clean_answer
from collector.questionnaires.errors import EvaluationFailed, QuestionNotFound
from collector.questionnaires.expressions import Expression
from collector.questionnaires.form import Bind, Control, Form, Question, Words
from collector.questionnaires.nodes import Node
from collector.questionnaires.scope import MAX_STEPS, Scope, World
from collector.questionnaires.speaking import Option, Speaker, Spoken
from collector.questionnaires.values import Value, checked_text, to_day, to_number, to_text

MAX_ROUNDS: Final = 60


@dataclass(frozen=True, slots=True)
class Screen:
    """What a page shows for one question. `values` are the chosen ones of several; `groups` the headings above it."""

    path: str
    control: Control
    label: str
    hint: str
    image: str
    audio: str
    options: tuple[Option, ...]
    required: bool
    value: str
    values: tuple[str, ...]
    readonly: bool
    appearance: str
    groups: tuple[str, ...]
    low: str
    high: str
    step: str


class Interview:
    """One person's answers to a form, and what follows from them."""

    def __init__(
        self,
        form: Form,
        answers: Mapping[str, str] | None = None,
        *,
        now: datetime,
        seed: str = "",
        language: str = "vi",
        hidden: Collection[str] = (),
    ) -> None:
        """Continue from answers (an empty mapping or None begins anew).

        `now` is the moment for `today()` and `now()`, `seed` makes chance the same on every request of one interview
        and must differ between interviews; `language` is a tag such as `vi`, or the form's own name for a language.

        :raises EvaluationFailed: if the logic of the form never comes to an end.
        """
        self.form = form
        self._speaker = Speaker(form, language)
        self.language = self._speaker.language
        self._hidden = frozenset(hidden)
        self._document = form.template.copy()
        self._nodes: dict[str, Node] = {}
        for node in self._document.walk():
            if node.name:
                self._nodes.setdefault(node.path, node)
        self._order = list(self._nodes)
        self._above = {path: node.parent.path if node.parent is not None else "" for path, node in self._nodes.items()}
        self._world = World(self._document, form.instances, now, seed)
        self._world.find_text = lambda name: self._speaker.say_id(name, self._scope(""))
        self._world.find_choice = lambda value, path: self._speaker.say_choice(value, path, self._scope(path))
        self._filtered = {each.path for each in form.questions if each.items is not None and each.items.filtered}
        self._values = {path: node.text for path, node in self._nodes.items() if not node.children}
        self._relevant: dict[str, bool] = {}
        self._started = {path for path, value in self._values.items() if value}
        self._started |= {action.path for action in form.actions if not action.trigger} & self._values.keys()
        if answers:
            known = {path: value for path, value in answers.items() if path in self._values}
            self._values = dict.fromkeys(self._values, "") | known
        else:
            self._begin()
        self._follow()

    # What is asked

    @property
    def hidden(self) -> frozenset[str]:
        """The paths of the questions that this round does not ask."""
        return self._hidden

    def asked(self) -> list[str]:
        """List the paths of the questions and notes that are asked with these answers, in order."""
        return [question.path for question in self.form.questions if self.is_asked(question)]

    def is_asked(self, question: Question) -> bool:
        """Tell whether a question is asked with these answers."""
        return self._relevant.get(question.path, True)

    def is_hidden(self, question: Question) -> bool:
        """Tell whether a question is not asked in this round at all, whatever is answered."""
        return question.path in self._hidden

    def first(self) -> str | None:
        """Give the path of the first question, or None if nothing is asked."""
        return next(iter(self.asked()), None)

    def next(self, path: str) -> str | None:
        """Give the path of the question after this one, or None after the last.

        :raises QuestionNotFound: if the form has no such question.
        """
        self.form.get_question(path)
        paths = [question.path for question in self.form.questions]
        return next((each for each in paths[paths.index(path) + 1 :] if self._relevant.get(each, True)), None)

    def previous(self, path: str) -> str | None:
        """Give the path of the question before this one, or None before the first.

        :raises QuestionNotFound: if the form has no such question.
        """
        self.form.get_question(path)
        paths = [question.path for question in self.form.questions]
        before = reversed(paths[: paths.index(path)])
        return next((each for each in before if self._relevant.get(each, True)), None)

    def progress(self, path: str) -> tuple[int, int]:
        """Give the number of this question (from 1) and how many are asked with these answers.

        :raises QuestionNotFound: if it is not asked.
        """
        asked = self.asked()
        if path not in asked:
            raise QuestionNotFound(path=path[:200])
        return asked.index(path) + 1, len(asked)

    def show(self, path: str) -> Screen:
        """Give what a page needs to ask a question.

        :raises QuestionNotFound: if it is not asked with these answers.
        """
        if not self.is_asked(self.form.get_question(path)):
            raise QuestionNotFound(path=path[:200])
        return self.describe(path)

    def describe(self, path: str) -> Screen:
        """Give how a question reads, whether or not it is asked with these answers: a paper shows all of them.

        :raises QuestionNotFound: if the form has no such question.
        """
        question = self.form.get_question(path)
        self._world.steps = MAX_STEPS
        scope, bind = self._scope(path), question.bind
        label, value = self._say(question.label, scope), self._values.get(path, "")
        return Screen(
            path=path,
            control=question.control,
            label=label.text,
            hint=self._say(question.hint, scope).text,
            image=label.image,
            audio=label.audio,
            options=tuple(self._options(question)),
            required=bind.required is not None and bind.required.holds(scope),
            value=value,
            values=tuple(value.split()) if question.control is Control.SEVERAL else (),
            readonly=question.control is Control.NOTE or (bind.readonly is not None and bind.readonly.holds(scope)),
            appearance=question.appearance,
            groups=tuple(
                filter(None, (self._say(self.form.groups[each].label, scope).text for each in question.groups))
            ),
            low=question.low,
            high=question.high,
            step=question.step,
        )

    def label(self, path: str) -> str:
        """Give the words of a question, whether it is asked or not.

        :raises QuestionNotFound: if the form has no such question.
        """
        return self._say(self.form.get_question(path).label, self._scope(path)).text

    def words(self, path: str) -> tuple[Spoken, list[Option]]:
        """Give the words of a question and the answers that it offers now, whether it is asked or not.

        :raises QuestionNotFound: if the form has no such question.
        """
        question = self.form.get_question(path)
        return self._say(question.label, self._scope(path)), list(self._options(question))

    # What is answered

    def value(self, path: str) -> str:
        """Give the present answer to a question; empty if there is none."""
        return self._values.get(path, "") if self._relevant.get(path, True) else ""

    def check(self, path: str, raw: Raw) -> Problem | None:
        """Say what is wrong with an answer, or None if it is taken. Changes nothing.

        :raises QuestionNotFound: if the form has no such question.
        """
        found = self._try(self.form.get_question(path), raw)
        return found if isinstance(found, Problem) else None

    def answer(self, path: str, raw: Raw) -> Problem | None:
        """Take an answer and work out what follows, or say what is wrong with it and change nothing.

        :raises QuestionNotFound: if it is not asked with these answers.
        """
        question = self.form.get_question(path)
        if not self.is_asked(question):
            raise QuestionNotFound(path=path[:200])
        found = self._try(question, raw)
        if isinstance(found, Problem):
            return found
        if not self._is_fixed(question):
            if self._set(path, found):
                self._act(path)
            self._follow()
        return None

    def problems(self) -> list[Problem]:
        """List what is wrong with the whole sheet, in the order of the questions."""
        found = (self.check(path, self._values.get(path, "")) for path in self.asked())
        return [problem for problem in found if problem is not None]

    def values(self) -> dict[str, str]:
        """Give everything that was answered or worked out, to continue from; also what is not relevant now.

        A default that was taken out is there with an empty text, so that it does not come back.
        """
        return {path: value for path, value in self._values.items() if value or path in self._started}

    def answers(self) -> dict[str, str]:
        """Give the sheet as it is saved: what is relevant, by path, in the order of the form.

        A question that was asked and left empty has an empty text; one that was not asked is not there.
        """
        asked = {question.path for question in self.form.questions if question.control is not Control.NOTE}
        return {
            path: self._values[path]
            for path in self._order
            if path in self._values
            and (self._values[path] or path in asked)
            and self._relevant.get(path, True)
            and "/meta/" not in path
        }

    def to_submission_xml(self, instance_id: str) -> str:
        """Write the sheet as a client of OpenRosa would submit it."""
        from collector.questionnaires.submission import write_submission

        return write_submission(self.form, self.answers(), self._relevant, instance_id)

    # How it is worked out

    def _try(self, question: Question, raw: Raw) -> str | Problem:
        """Give an answer as it would be kept, or what is wrong with it."""
        self._world.steps = MAX_STEPS
        try:
            return self._clean(question, raw)
        except NotTaken as refused:
            words = {"required": question.bind.required_words, "constraint": question.bind.constraint_words}
            message = self._say(words[refused.code], self._scope(question.path)).text if refused.code in words else ""
            return Problem(question.path, refused.code, message, refused.context)

    def _is_fixed(self, question: Question) -> bool:
        """Tell whether an answer is not taken because the form says the value itself."""
        readonly = question.bind.readonly
        return question.control is Control.NOTE or (readonly is not None and readonly.holds(self._scope(question.path)))

    def _clean(self, question: Question, raw: Raw) -> str:
        if self._is_fixed(question):
            return self._values.get(question.path, "")
        value = clean_answer(question, raw, list(self._speaker.values(question, self._scope(question.path))))
        scope, bind = self._scope(question.path), question.bind
        if not value:
            if bind.required is not None and bind.required.holds(scope):
                raise NotTaken("required")
            return value
        before, scope.node.text = scope.node.text, value
        try:
            if bind.constraint is not None and not bind.constraint.holds(scope):
                raise NotTaken("constraint")
        finally:
            scope.node.text = before
        return value

    def _scope(self, path: str) -> Scope:
        node = self._nodes.get(path, self._document)
        return Scope(self._world, node, node)

    def _set(self, path: str, value: str) -> bool:
        changed = self._values.get(path, "") != value
        self._values[path] = value
        self._nodes[path].text = value
        return changed

    def _begin(self) -> None:
        """Set what a form says to set before the first question."""
        for bind in self.form.binds.values():
            if bind.preload == "date today" and bind.path in self._values:
                self._set(bind.path, self._world.now.date().isoformat())
        for action in self.form.actions:
            if not action.trigger and not self._values.get(action.path, ""):
                self._do(action.path, action.value, action.text)

    def _act(self, path: str) -> None:
        for action in self.form.actions:
            if action.trigger == path:
                self._do(action.path, action.value, action.text)

    def _do(self, path: str, value: Expression | None, text: str) -> None:
        if path in self._values:
            worked_out = value.value(self._scope(path)) if value is not None else text
            self._set(path, _cast(self.form.binds.get(path), worked_out))

    def _follow(self) -> None:
        """Work out relevance and calculations again and again until nothing changes."""
        self._world.steps = MAX_STEPS
        for _ in range(MAX_ROUNDS):
            if not self._follow_once():
                return
        raise EvaluationFailed(reason="endless")

    def _follow_once(self) -> bool:
        changed = False
        for path in self._order:
            node, bind = self._nodes[path], self.form.binds.get(path)
            relevant = self._relevant.get(self._above[path], True) and path not in self._hidden
            if relevant and bind is not None and bind.relevant is not None:
                relevant = bind.relevant.holds(self._scope(path))
            changed |= self._relevant.get(path) is not relevant
            self._relevant[path] = relevant
            if path in self._values:
                changed |= self._follow_value(path, node, bind, relevant=relevant)
        return changed

    def _follow_value(self, path: str, node: Node, bind: Bind | None, *, relevant: bool) -> bool:
        before = node.text, self._values[path]
        if relevant and bind is not None and bind.calculate is not None:
            node.text = self._values[path]
            self._values[path] = _cast(bind, bind.calculate.value(self._scope(path)))
        elif relevant and path in self._filtered:
            self._values[path] = self._still_offered(self.form.get_question(path))
        node.text = self._values[path] if relevant else ""
        return before != (node.text, self._values[path])

    def _still_offered(self, question: Question) -> str:
        value = self._values[question.path]
        if not value:
            return value
        offered = set(self._speaker.values(question, self._scope(question.path)))
        return " ".join(each for each in value.split() if each in offered)

    def _options(self, question: Question) -> Iterator[Option]:
        return self._speaker.options(question, self._scope(question.path))

    def _say(self, words: Words, scope: Scope) -> Spoken:
        return self._speaker.say(words, scope)


def _cast(bind: Bind | None, value: Value) -> str:
    """Write a worked-out value as the type of its place asks for; NaN is nothing."""
    text = to_text(value)
    if text in ("", "NaN"):
        return ""
    if bind is not None and bind.type == "date":
        return to_day(value)
    if bind is not None and bind.type in ("int", "integer") and math.isfinite(number := to_number(text)):
        return str(int(number))
    return checked_text(text)
