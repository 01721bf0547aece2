"""What the double says about itself, and the body of every error."""

from __future__ import annotations

from typing import Annotated, Literal

from .values import ResponseBody, Time, about


class Problem(ResponseBody):
    """An error."""

    error: Annotated[str, about("What arrived, and what is wrong with it.")]
    hint: Annotated[str, about("What is expected, with a valid example.")]


class Alive(ResponseBody):
    """The response of a process that runs."""

    status: Literal["alive"]


class Ready(ResponseBody):
    """The response of a double that can serve calls."""

    status: Literal["ready"]
    pid: Annotated[int, about("The id of the process that answers.")]
    version: Annotated[str, about("The version of messaging-double.")]
    started: Annotated[Time, about("When the double was started, by the machine's clock.")]


class Health(Ready):
    """The state of a double."""

    services: Annotated[list[str], about("The supported versions of the contract.", examples=[["Services88"]])]


class Index(ResponseBody):
    """Where everything is."""

    base_urls: Annotated[
        dict[str, str],
        about("By tenant, what an application uses instead of https://online.superoffice.com/CustNNNNN."),
    ]
    wsdl: Annotated[dict[str, str], about("The WSDLs, by version and agent.")]
    help: Annotated[str, about("The help page of the SOAP endpoint.")]
    openapi: Annotated[str, about("The description of the control API.")]
    tenants: Annotated[str, about("The tenants, and all that the control API has of them.")]
    page: Annotated[str, about("The page to look at, for a browser.")]
