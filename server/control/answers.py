"""How the control API answers."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from messaging_double.server.control.json_text import dumps


def json_answer(value: Any, *, status: int = 200) -> Response:
    """Answer with ``value`` as JSON."""
    return Response(dumps(value), status, content_type="application/json")


def no_content() -> Response:
    """Answer that it is done, and that there is nothing to show."""
    answer = Response(status=204)
    del answer.headers["Content-Type"]  # there is no content that it could be of
    return answer


def list_answer(name: str, rows: list[Any], total: int, limit: int, *, number: str, **more: Any) -> Response:
    """Answer with a list, newest first, and what ``more`` there is to say of it.

    One row more than asked for tells whether there is a next page; that goes on below the last row's ``number``.
    """
    shown = rows[:limit]
    following = str(shown[-1][number]) if len(rows) > limit else None
    return json_answer({name: shown, "total": total, "next": following, **more})
