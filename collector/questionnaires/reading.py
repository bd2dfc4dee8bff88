"""Reads a form from XForm XML: the words, the logic, the questions, and what stands in the way of asking it here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from collector.questionnaires.circles import find_circles
from collector.questionnaires.errors import ExpressionRefused, FormRefused
from collector.questionnaires.expressions import Expression, read_expression
from collector.questionnaires.form import (
    ON_WEB,
    Action,
    Bind,
    Choice,
    Control,
    Form,
    Group,
    ItemSet,
    Obstacle,
    Question,
    Saying,
    Words,
    list_media_names,
)
from collector.questionnaires.nodes import Node, read_xml

MAX_QUESTIONS: Final = 1_000
_ITEXT: Final = re.compile(r"\s*jr:itext\(\s*(?:'([^']*)'|\"([^\"]*)\"|([^'\")]+))\s*\)\s*")
_MEDIA: Final = re.compile(r"jr://(images|audio|video|file)/(.+)")
_TYPES: Final = {
    "int": Control.INTEGER,
    "integer": Control.INTEGER,
    "decimal": Control.DECIMAL,
    "date": Control.DATE,
    "time": Control.TIME,
    "dateTime": Control.MOMENT,
    "geopoint": Control.PLACE,
    "geotrace": Control.PLACE,
    "geoshape": Control.PLACE,
    "barcode": Control.BARCODE,
}
_UPLOADS: Final = {"image": Control.PICTURE, "audio": Control.AUDIO, "video": Control.VIDEO}
_CONTROLS: Final = {"input", "select", "select1", "trigger", "upload", "range", "rank", "secret"}
_EVENTS: Final = {"odk-instance-first-load", "odk-instance-load"}


def read_form(xform: str) -> Form:
    """Read a form; see `Form.parse`."""
    return _Reader(read_xml(xform)).read()


@dataclass
class _Reader:
    document: Node
    languages: list[str] = field(default_factory=list)
    texts: dict[str, Words] = field(default_factory=dict)
    binds: dict[str, Bind] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    """Where an answer can stand that no question has taken yet."""

    def read(self) -> Form:
        model, body = self.find_parts()
        template, instances = self.read_instances(model)
        top = Node("")
        root = template.copy(top)
        self.places = {node.path for node in top.walk() if not node.children}
        self.read_texts(model)
        for node in model.list("bind"):
            self.read_bind(node)
        self.read_body(body, ())
        self.read_actions(model, body)
        if len(self.questions) > MAX_QUESTIONS:
            raise FormRefused(reason="too_many_questions", limit=MAX_QUESTIONS)
        self.note_missing_questions()
        self.obstacles.extend(Obstacle(path, "endless") for path in find_circles(self.binds))
        return Form(
            form_id=root.get("id") or root.space,
            version=root.get("version"),
            title=self.title(),
            languages=tuple(self.languages),
            questions=tuple(self.questions),
            binds=self.binds,
            groups=self.groups,
            actions=tuple(self.actions),
            texts=self.texts,
            template=top,
            instances=instances,
            media=self.list_media(),
            obstacles=_distinct(self.obstacles),
        )

    def find_parts(self) -> tuple[Node, Node]:
        html = self.document.find("html")
        head, body = (html.find("head"), html.find("body")) if html is not None else (None, None)
        model = head.find("model") if head is not None else None
        if model is None or body is None:
            raise FormRefused(reason="no_form")
        submission = model.find("submission")
        if submission is not None and submission.get("base64RsaPublicKey"):
            raise FormRefused(reason="encrypted")
        if submission is not None and (submission.get("action") or submission.get("auto-send") == "true"):
            raise FormRefused(reason="sent_elsewhere", address=submission.get("action")[:200])
        return model, body

    def title(self) -> str:
        titles = [node for node in self.document.walk() if node.name == "title"]
        return " ".join(titles[0].value.split()) if titles else ""

    def read_instances(self, model: Node) -> tuple[Node, dict[str, Node]]:
        template: Node | None = None
        lists: dict[str, Node] = {}
        for node in model.list("instance"):
            if node.get("src"):
                self.obstacles.append(Obstacle("", "external", {"file": node.get("src").rpartition("/")[2]}))
            elif template is None and node.children:
                template = node.children[0]
            elif node.get("id"):
                lists[node.get("id")] = _document_of(node)
        if template is None:
            raise FormRefused(reason="no_form")
        if not (template.get("id") or template.space):
            raise FormRefused(reason="no_id")
        return template, lists

    def read_texts(self, model: Node) -> None:
        itext = model.find("itext")
        found: dict[str, dict[str, Saying]] = {}
        for translation in itext.list("translation") if itext is not None else ():
            language = translation.get("lang")
            self.languages.insert(0 if translation.get("default") else len(self.languages), language)
            for text in translation.list("text"):
                saying = self.read_saying(text.get("id"), text.list("value"))
                if saying is not None:
                    found.setdefault(text.get("id"), {})[language] = saying
        self.texts = {name: Words(sayings) for name, sayings in found.items()}

    def read_saying(self, name: str, values: list[Node]) -> Saying | None:
        """Read the words of a text; a lone dash, which pyxform writes where a translation is missing, is none."""
        saying = Saying()
        for value in values:
            media = _MEDIA.fullmatch(value.value.strip())
            if not value.get("form"):
                saying = replace(saying, parts=self.read_parts(name.partition(":")[0], value))
            elif media:
                saying = _with_media(saying, value.get("form"), media[2])
        if saying.parts == ("-",):
            saying = replace(saying, parts=())
        return saying if saying != Saying() else None

    def read_parts(self, path: str, node: Node) -> tuple[str | Expression, ...]:
        parts: list[str | Expression] = [node.text] if node.text else []
        for child in node.children:
            if child.name == "output":
                expression = self.read_logic(path, child.get("value") or child.get("ref"))
                parts.extend([expression] if expression is not None else [])
            parts.extend([child.tail] if child.tail else [])
        return tuple(parts)

    def read_words(self, path: str, node: Node | None) -> Words:
        if node is None:
            return Words()
        named = _ITEXT.fullmatch(node.get("ref"))
        if named:
            return self.texts.get(named[1] or named[2] or "", Words())
        parts = self.read_parts(path, node)
        return Words({"": Saying(parts)}) if any(parts) else Words()

    def read_message(self, source: str) -> Words:
        named = _ITEXT.fullmatch(source)
        if named:
            return self.texts.get(named[1] or named[2] or "", Words())
        return Words({"": Saying((source,))}) if source else Words()

    def read_logic(self, path: str, source: str) -> Expression | None:
        """Read an expression; one that is not evaluated here is noted as an obstacle."""
        if not source.strip():
            return None
        try:
            return read_expression(source.strip())
        except ExpressionRefused as refused:
            self.obstacles.append(Obstacle(path, "expression", refused.context))
            return None

    def read_bind(self, node: Node) -> None:
        path = node.get("nodeset")
        logic = {
            name: self.read_logic(path, node.get(name))
            for name in ("relevant", "constraint", "required", "readonly", "calculate")
        }
        self.binds[path] = Bind(
            path,
            node.get("type").rpartition(":")[2] or "string",
            **logic,
            constraint_words=self.read_message(node.get("constraintMsg")),
            required_words=self.read_message(node.get("requiredMsg")),
            preload=" ".join(filter(None, (node.get("preload"), node.get("preloadParams")))),
        )

    def read_body(self, parent: Node, groups: tuple[str, ...]) -> None:
        for node in parent.children:
            if node.name in ("group", "repeat"):
                path = node.get("ref") or node.get("nodeset")
                self.read_group(node, path)
                self.read_body(node, (*groups, path) if path and path not in groups else groups)
            elif node.name in _CONTROLS:
                self.read_question(node, groups)

    def read_group(self, node: Node, path: str) -> None:
        repeated = node.name == "repeat"
        if repeated:
            self.obstacles.append(Obstacle(path, "repeat"))
        known = self.groups.get(path)
        if path:
            label = known.label if known else self.read_words(path, node.find("label"))
            self.groups[path] = Group(path, label, node.get("appearance"), repeated or bool(known and known.repeated))

    def read_question(self, node: Node, groups: tuple[str, ...]) -> None:
        path = node.get("ref") or node.get("bind")
        if path not in self.places:
            self.obstacles.append(Obstacle(path, "nowhere", {"name": path.rpartition("/")[2][:60]}))
            return
        self.places.remove(path)
        bind = self.binds.setdefault(path, Bind(path))
        question = Question(
            path=path,
            control=_find_control(node, bind),
            label=self.read_words(path, node.find("label")),
            hint=self.read_words(path, node.find("hint")),
            bind=bind,
            choices=tuple(self.read_choices(path, node)),
            items=self.read_items(path, node.find("itemset")),
            appearance=node.get("appearance"),
            groups=groups,
            **{key: node.get(name) for key, name in (("low", "start"), ("high", "end"), ("step", "step"))},
        )
        self.questions.append(question)
        self.note_obstacles(question, node)

    def read_choices(self, path: str, node: Node) -> Iterator[Choice]:
        for item in node.list("item"):
            value = item.find("value")
            if value is not None:
                yield Choice(value.value.strip(), self.read_words(path, item.find("label")))

    def read_items(self, path: str, node: Node | None) -> ItemSet | None:
        if node is None:
            return None
        nodes = self.read_logic(path, node.get("nodeset"))
        value, label = node.find("value"), node.find("label")
        if nodes is None or value is None or label is None:
            return None
        named = _ITEXT.fullmatch(label.get("ref"))
        reference = (named[3] or "").strip() if named else label.get("ref")
        return ItemSet(nodes, value.get("ref"), reference, bool(named), "[" in nodes.source)

    def read_actions(self, model: Node, body: Node) -> None:
        for node in (*model.walk(), *body.walk()):
            if node.name in ("setgeopoint", "recordaudio"):
                self.obstacles.append(Obstacle(node.get("ref"), "place" if node.name == "setgeopoint" else "action"))
            if node.name != "setvalue":
                continue
            events, path = set(node.get("event").split()), node.get("ref")
            trigger = node.parent.get("ref") if node.parent is not None and node.parent.name in _CONTROLS else ""
            if not (events & _EVENTS or ("xforms-value-changed" in events and trigger)):
                self.obstacles.append(Obstacle(path, "action"))
                continue
            source = node.get("value")
            value = self.read_logic(path, source)
            self.actions.append(Action(path, trigger if "xforms-value-changed" in events else "", value, node.value))

    def note_obstacles(self, question: Question, node: Node) -> None:
        path, appearance = question.path, question.appearance
        if question.control not in ON_WEB:
            self.obstacles.append(Obstacle(path, "control", {"control": question.control.value}))
        if "search(" in appearance or node.get("query"):
            self.obstacles.append(Obstacle(path, "search"))
        if appearance.startswith("ex:") or " ex:" in appearance or node.get("intent"):
            self.obstacles.append(Obstacle(path, "application"))
        if any(saying.video for saying in question.label.sayings.values()):
            self.obstacles.append(Obstacle(path, "video"))
        if not question.label and not question.hint and question.bind.calculate is None:
            self.obstacles.append(Obstacle(path, "unlabelled"))

    def note_missing_questions(self) -> None:
        if not any(question.control in ON_WEB - {Control.NOTE} for question in self.questions):
            self.obstacles.append(Obstacle("", "no_question"))

    def list_media(self) -> frozenset[tuple[str, str]]:
        inline = [choice.words for question in self.questions for choice in question.choices]
        files = [
            ("file", node.get("src").rpartition("/")[2])
            for node in self.document.walk()
            if node.name == "instance" and node.get("src").startswith("jr://file")
        ]
        return list_media_names([*self.texts.values(), *inline]) | frozenset(files)


def _with_media(saying: Saying, kind: str, name: str) -> Saying:
    if kind == "image":
        return replace(saying, image=name)
    if kind == "audio":
        return replace(saying, audio=name)
    return replace(saying, video=name) if kind == "video" else saying


def _document_of(instance: Node) -> Node:
    top = Node("")
    for child in instance.children:
        child.copy(top)
    return top


def _distinct(obstacles: list[Obstacle]) -> tuple[Obstacle, ...]:
    kept: list[Obstacle] = []
    for each in obstacles:
        if each not in kept:
            kept.append(each)
    return tuple(kept)


def _find_control(node: Node, bind: Bind) -> Control:
    if node.name in ("select", "select1", "rank", "trigger"):
        names = {"select": Control.SEVERAL, "select1": Control.ONE, "rank": Control.RANK}
        return names.get(node.name, Control.ACKNOWLEDGE)
    if node.name == "upload":
        return _UPLOADS.get(node.get("mediatype").partition("/")[0], Control.FILE)
    if bind.readonly is not None and bind.readonly.source == "true()":
        return Control.NOTE
    control = _TYPES.get(bind.type, Control.TEXT)
    return Control.DECIMAL if node.name == "range" and control is Control.TEXT else control
