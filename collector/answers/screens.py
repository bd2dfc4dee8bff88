"""What a question looks and sounds like for a resident: only pictures and recordings that are on this computer.

A recording serves its own language alone. There may be recordings in a language in which the questionnaire has no
words: whoever chooses it listens, and the words on the screen are those of the questionnaire's first language.
"""

from dataclasses import replace

from collector.attachments.files import Files
from collector.questionnaires.form import Form, language_tag
from collector.questionnaires.interview import Interview, Screen
from collector.questionnaires.languages import name_language
from collector.questionnaires.media import list_heard, list_wanted
from sync.storage import Connection, Row


def list_languages(connection: Connection, files: Files, questionnaire: Row) -> list[tuple[str, str]]:
    """List the languages in which a questionnaire can be read or listened to: tag (or the name itself) and name."""
    form = Form.parse(questionnaire["xform"])
    found = {language_tag(name) or name: name.rpartition("(")[0].strip() or name for name in form.languages}
    for _, tag in sorted(list_heard(connection, files, form, questionnaire["id"])):
        found.setdefault(tag, name_language(tag))
    return list(found.items())


def show_screen(
    connection: Connection, files: Files, questionnaire: Row, interview: Interview, path: str, language: str
) -> Screen:
    """Give a question as it is asked, without files that are not here.

    :raises QuestionNotFound: if it is not asked with these answers.
    """
    screen = interview.show(path)
    form = interview.form
    here = {each.name for each in list_wanted(connection, files, form, questionnaire["id"]) if each.is_here}
    recorded = list_heard(connection, files, form, questionnaire["id"])
    own = recorded.get((form.get_question(path).name, language))

    def only_here(name: str) -> str:
        return name if name in here else ""

    options = tuple(
        replace(each, image=only_here(each.image), audio=only_here(each.audio)) for each in screen.options
    )
    audio = own["name"] if own is not None else only_here(screen.audio)
    return replace(screen, image=only_here(screen.image), audio=audio, options=options)
