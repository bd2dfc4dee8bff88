"""Answer sheets as XML, as ODK Collect, Enketo and other clients of OpenRosa send them: written and read.

Reading trusts nothing: size, depth and DTDs are dealt with in `nodes`, the form and its version must be those that are
asked, what the form does not know is left out, and so is what it knows of the device, its owner and the minute.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from collector.questionnaires.errors import SubmissionRefused
from collector.questionnaires.form import Control, Form
from collector.questionnaires.nodes import Node, read_xml

MAX_SUBMISSION_BYTES: Final = 1_000_000
MAX_VALUE: Final = 20_000
_INSTANCE_ID: Final = re.compile(r"[A-Za-z0-9:._-]{1,200}")
_DEVICE: Final = re.compile(r"property|timestamp|uid|context")
_OPENROSA: Final = "http://openrosa.org/xforms"
_FILES: Final = {Control.PICTURE, Control.AUDIO, Control.VIDEO, Control.FILE}


@dataclass(frozen=True, slots=True)
class Submission:
    """A sheet that a client sent: whose form, which sheet, which sheet it replaces, the answers by path.

    A question that was asked and left empty has an empty text, one that was not asked is not there. Answers in repeated
    groups have positions in their paths: `/data/child[2]/name`. `files` are the names of files that answers consist of.
    """

    form_id: str
    version: str
    instance_id: str
    deprecated_id: str
    answers: dict[str, str]
    files: tuple[str, ...]


def write_submission(form: Form, answers: Mapping[str, str], relevant: Mapping[str, bool], instance_id: str) -> str:
    """Write a sheet; what is not relevant is left out."""
    root = form.template.children[0]
    lines: list[str] = []
    _write(root, answers, relevant, lines)
    meta = f"<orx:meta><orx:instanceID>{escape(instance_id)}</orx:instanceID></orx:meta>"
    space = f" xmlns={quoteattr(root.space)}" if root.space and not root.get("id") else ""
    version = f" version={quoteattr(form.version)}" if form.version else ""
    head = f"<{root.name}{space} xmlns:orx={quoteattr(_OPENROSA)} id={quoteattr(form.form_id)}{version}>"
    return f"<?xml version='1.0' encoding='UTF-8'?>{head}{''.join(lines)}{meta}</{root.name}>"


def _write(node: Node, answers: Mapping[str, str], relevant: Mapping[str, bool], lines: list[str]) -> None:
    for child in node.children:
        path = child.path
        if child.name == "meta" or not relevant.get(path, True) or "template" in child.attributes:
            continue
        if child.children:
            lines.append(f"<{child.name}>")
            _write(child, answers, relevant, lines)
            lines.append(f"</{child.name}>")
        else:
            value = answers.get(path, "")
            lines.append(f"<{child.name}>{escape(value)}</{child.name}>" if value else f"<{child.name}/>")


def read_submission_head(xml: bytes) -> tuple[str, str]:
    """Give the id and the version of the form that a sheet belongs to, to find the form by.

    :raises XmlRefused: if it is no XML, too large, too deep, or has a DTD.
    :raises SubmissionRefused: if it does not say.
    """
    root = _find_root(xml)
    return root.get("id") or root.space, root.get("version")


def read_submission(xml: bytes, form: Form, other_ids: Collection[str] = ()) -> Submission:
    """Read a sheet that belongs to a form. `other_ids` are names under which the form was also given out.

    :raises XmlRefused: if it is no XML, too large, too deep, or has a DTD.
    :raises SubmissionRefused: if it is of another form or version, has no id, or a value is far too long.
    """
    root = _find_root(xml)
    form_id, version = root.get("id") or root.space, root.get("version")
    if form_id not in (form.form_id, *other_ids) or root.name != form.template.children[0].name:
        raise SubmissionRefused(reason="other_form", form_id=form_id[:100])
    if version != form.version:
        raise SubmissionRefused(reason="other_version", version=version[:60], expected=form.version)
    meta = root.find("meta")
    instance_id = _read_id(meta, "instanceID")
    if not instance_id:
        raise SubmissionRefused(reason="no_instance_id")
    answers = dict(_read_answers(form, root))
    files = {question.path for question in form.questions if question.control in _FILES}
    named = tuple(value for path, value in answers.items() if without_positions(path) in files)
    return Submission(form_id, version, instance_id, _read_id(meta, "deprecatedID"), answers, named)


def without_positions(path: str) -> str:
    """Give the path of a question without the positions of repeated groups."""
    return re.sub(r"\[[0-9]+\]", "", path)


def _find_root(xml: bytes) -> Node:
    document = read_xml(xml, MAX_SUBMISSION_BYTES)
    root = document.children[0]
    if not (root.get("id") or root.space):
        raise SubmissionRefused(reason="no_form_id")
    return root


def _read_id(meta: Node | None, name: str) -> str:
    node = meta.find(name) if meta is not None else None
    text = node.value.strip() if node is not None else ""
    if text and not _INSTANCE_ID.fullmatch(text):
        raise SubmissionRefused(reason="odd_instance_id")
    return text


def _read_answers(form: Form, root: Node) -> Iterator[tuple[str, str]]:
    known = {node.path for node in form.template.walk() if not node.children}
    asked = {question.path for question in form.questions if question.control is not Control.NOTE}
    repeats = form.repeats
    pending = [(root, f"/{root.name}")]
    while pending:
        node, path = pending.pop()
        counts: dict[str, int] = {}
        inside: list[tuple[Node, str]] = []
        for child in node.children:
            plain = f"{without_positions(path)}/{child.name}"
            counts[child.name] = counts.get(child.name, 0) + 1
            inside.append((child, f"{path}/{child.name}" + (f"[{counts[child.name]}]" if plain in repeats else "")))
        pending.extend(reversed(inside))
        plain, value = without_positions(path), node.text.strip()
        if not node.children and (value or plain in asked) and plain in known and _is_kept(form, plain):
            if len(value) > MAX_VALUE:
                raise SubmissionRefused(reason="value_too_long", path=plain)
            yield path, value


def _is_kept(form: Form, path: str) -> bool:
    """Tell whether an answer is kept: not what tells of the device, its owner, or the minute."""
    bind = form.binds.get(path)
    return "/meta/" not in path and not (bind is not None and _DEVICE.match(bind.preload))
