"""The centre for WSGI servers with several processes: `gunicorn 'collector.central.wsgi:make_app()'`.

`COLLECTOR_DATA` names the folder, `COLLECTOR_DATABASE` the address of its database, `COLLECTOR_HOSTS` the names under
which browsers reach it. `COLLECTOR_PROXY=1` says that a proxy stands before it, whose word counts for where requests
come from; without it nobody's does.
"""

import os
from typing import TYPE_CHECKING, Final

from werkzeug.middleware.proxy_fix import ProxyFix

from collector import create_app
from collector.central.errors import CentreNotSetUp, NotACentre
from collector.central.moving import adopt_database
from collector.folder import DataFolder, default_folder

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

PROXY_VARIABLE: Final = "COLLECTOR_PROXY"


def make_app() -> "Flask":
    """Make the application of the centre that the environment names.

    :raises CentreNotSetUp: if there is none yet.
    :raises NotACentre: if the folder is that of a laptop.
    """
    folder = DataFolder(default_folder())
    settings = folder.read_settings()
    if not settings.get("set_up"):
        raise CentreNotSetUp(path=str(folder.root))
    if settings.get("role") != "central":
        raise NotACentre()
    folder.prepare()
    adopt_database(folder)
    app = create_app(folder)
    if os.environ.get(PROXY_VARIABLE, "") == "1":
        app.wsgi_app = trust_proxy(app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app


def trust_proxy(app: "WSGIApplication") -> "WSGIApplication":
    """Believe the one proxy before the application where a request comes from and whether it came over TLS."""
    return ProxyFix(app, x_for=1, x_proto=1)
