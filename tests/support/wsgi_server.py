"""Run as a script: the double under another WSGI server, ``wsgi_server.py waitress|wsgiref [DATABASE]``."""

import sys
from wsgiref.simple_server import make_server
from wsgiref.validate import validator

from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings


def _typed(app):
    """Give bare refusals the Content-Type that the validator asks for; PEP 3333 does not."""

    def typed(environ, start_response):
        def start(status, headers, *more):
            bare = ("Content-Length", "0") in headers
            return start_response(status, [*headers, ("Content-Type", "text/plain")] if bare else headers, *more)

        return app(environ, start)

    return typed


def _wsgiref(app) -> None:
    with make_server("127.0.0.1", 0, validator(_typed(app))) as server:
        print(f"READY url=http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - for the parent process
        server.serve_forever()


def _waitress(app) -> None:
    from waitress.server import create_server  # noqa: PLC0415 - only here

    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    print(f"READY url=http://127.0.0.1:{server.effective_port}", flush=True)  # noqa: T201
    server.run()


if __name__ == "__main__":
    {"wsgiref": _wsgiref, "waitress": _waitress}[sys.argv[1]](
        create_app(Settings(database=sys.argv[2] if sys.argv[2:] else None))
    )
