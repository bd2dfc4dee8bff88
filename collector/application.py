"""Puts the whole application together: opens the database and lists every feature's pages."""

from flask import Flask

from collector.answers.tidying import tidy
from collector.answers.views import blueprint as answers
from collector.attachments.views import blueprint as attachments
from collector.backups.views import blueprint as backups
from collector.checks import open_checked
from collector.conflicts.views import blueprint as conflicts
from collector.database import Database
from collector.device import ensure_epoch
from collector.drafts.views import blueprint as drafts
from collector.folder import DataFolder
from collector.frame import make_app
from collector.history.views import blueprint as history
from collector.joining.views import blueprint as joining
from collector.meetings.views import blueprint as meetings
from collector.openrosa.protocol import blueprint as phones
from collector.openrosa.views import blueprint as openrosa
from collector.opinions.views import blueprint as opinions
from collector.people.views import blueprint as people
from collector.programmes.views import blueprint as programmes
from collector.questionnaires.views import blueprint as questionnaires
from collector.replication.views import blueprint as replication
from collector.results.views import blueprint as results
from collector.rounds.views import blueprint as rounds
from collector.search.views import blueprint as search
from collector.setup.views import blueprint as setup
from collector.sticks.views import blueprint as sticks
from collector.today.views import blueprint as today_pages
from collector.units.views import blueprint as units
from collector.villages.same import blueprint as villages

BLUEPRINTS = (
    answers,
    attachments,
    backups,
    conflicts,
    drafts,
    history,
    joining,
    meetings,
    openrosa,
    opinions,
    people,
    programmes,
    replication,
    results,
    questionnaires,
    rounds,
    search,
    setup,
    sticks,
    today_pages,
    units,
    villages,
)
"""The pages of every feature; those of accounts are part of the frame."""
FOR_DEVICES = (phones,)
"""What programs on phones ask for; they log in nowhere."""


def build(folder: DataFolder) -> Flask:
    """Open the folder's database and put the application together."""
    database = open_checked(folder)
    ensure_epoch(database, folder)
    if folder.read_settings().get("role") == "central":
        return _build_centre(folder, database)
    app = make_app(folder, lambda: database, BLUEPRINTS, FOR_DEVICES)
    app.extensions["collector"].tidy = lambda: tidy(database)
    return app


def _build_centre(folder: DataFolder, database: Database) -> Flask:
    """Add what only a centre has, which nobody else loads."""
    from collector.central.building import install, make_device_blueprint, run_centre
    from collector.central.views import blueprint as central

    running = run_centre(folder, database)
    devices = (*FOR_DEVICES, make_device_blueprint(running))
    app = make_app(folder, lambda: database, (*BLUEPRINTS, central), devices)
    app.extensions["collector"].tidy = lambda: tidy(database)
    install(app, running)
    return app
