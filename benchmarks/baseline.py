"""The baseline: a Flask app with one route on the same server. As a process: `python -m benchmarks.baseline FILE`.

GET answers two letters; POST makes one commit at synchronous=FULL and answers two letters.
"""

import sqlite3
import sys
import threading

from cheroot.wsgi import Server
from flask import Flask, request

_local = threading.local()


def make_app(path: str) -> Flask:
    """Make the app; `path` is its database file."""
    app = Flask("baseline")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE IF NOT EXISTS saved (name TEXT PRIMARY KEY, value TEXT) STRICT")

    def connection() -> sqlite3.Connection:
        if not hasattr(_local, "raw"):
            _local.raw = sqlite3.connect(path, isolation_level=None, timeout=20)
            _local.raw.execute("PRAGMA synchronous = FULL")
        raw: sqlite3.Connection = _local.raw
        return raw

    @app.route("/", methods=["GET", "POST"])
    def page() -> str:
        if request.method == "POST":
            raw = connection()
            raw.execute("BEGIN IMMEDIATE")
            raw.execute("INSERT OR REPLACE INTO saved VALUES (?, ?)", ("field", request.form.get("field", "")))
            raw.execute("COMMIT")
        return "ok"

    return app


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), make_app(sys.argv[1]), numthreads=10)
    server.prepare()
    print(server.bind_addr[1], flush=True)
    server.serve()
