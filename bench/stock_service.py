"""What a competent user would first write instead of this project: a stock spyne service with the same carriers.

Soap11 with the lxml validator, the SQLAlchemy ORM with one session and one commit a request, waitress. It is the
yardstick of ``compare.py``, so it is as the libraries' own tutorials would have it: neither tuned nor held back.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from typing import TYPE_CHECKING

STOCK_SPYNE_ENDS_BEFORE = (3, 12)
if sys.version_info >= STOCK_SPYNE_ENDS_BEFORE:
    sys.exit("Stock spyne 2.14 does not import on Python 3.12 and newer: run the stock service on 3.10 or 3.11.")

from spyne import (
    Application,
    Array,
    Boolean,
    ComplexModel,
    Integer32,
    MethodContext,
    SelfReference,
    ServiceBase,
    Unicode,
    rpc,
)
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication
from sqlalchemy import ForeignKey, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from waitress import create_server

if TYPE_CHECKING:
    import sqlite3

NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/Services88"
ARRAYS_NAMESPACE = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
SENT = 2


# -- what is on the wire
class SuperOfficeModel(ComplexModel):
    """Gives every carrier the namespace of the contract."""

    __namespace__ = NAMESPACE


class TableRight(SuperOfficeModel):
    """The client's rights to a row."""

    Mask = Unicode
    Reason = Unicode


class FieldRight(SuperOfficeModel):
    """The client's rights to a field."""

    Mask = Unicode
    Reason = Unicode


class FieldProperty(SuperOfficeModel):
    """What a field is."""

    FieldRight = FieldRight
    FieldType = Unicode
    FieldLength = Integer32


class FieldPropertyDictionaryKeyValuePair(SuperOfficeModel):
    """An entry of FieldPropertyDictionary."""

    Key = Unicode
    Value = FieldProperty


class Carrier(SuperOfficeModel):
    """The base of all carriers."""

    TableRight = TableRight
    FieldProperties = Array(FieldPropertyDictionaryKeyValuePair, type_name="FieldPropertyDictionary")


class OutgoingMessage(Carrier):
    """A message to be sent."""

    From = Unicode
    To = Unicode
    Content = Unicode
    Format = Unicode
    ParentMessagingId = Integer32
    SuggestedSessionKey = Unicode


class IncomingMessage(Carrier):
    """A message that came in."""

    To = Unicode
    From = Unicode
    Content = Unicode
    Format = Unicode
    SessionKey = Unicode
    Plugin = Unicode


class MessageDeliveryStatus(Carrier):
    """How the delivery of one message stands."""

    Status = Integer32
    StatusDescription = Unicode
    MessagingId = Integer32


class StringKeyValuePair(SuperOfficeModel):
    """An entry of StringDictionary."""

    Key = Unicode
    Value = Unicode


class ArrayOfint(ComplexModel):
    """WCF's array of int, which has a namespace of its own."""

    __namespace__ = ARRAYS_NAMESPACE
    int = Integer32(max_occurs="unbounded")


ArrayOfOutgoingMessage = Array(OutgoingMessage, type_name="ArrayOfOutgoingMessage")
ArrayOfMessageDeliveryStatus = Array(MessageDeliveryStatus, type_name="ArrayOfMessageDeliveryStatus")
StringDictionary = Array(StringKeyValuePair, type_name="StringDictionary")


class ApplicationToken(Unicode):
    """The header with the client's secret."""

    __namespace__ = NAMESPACE
    __type_name__ = "ApplicationToken"


class Succeeded(Boolean):
    """The header that says whether the call succeeded."""

    __namespace__ = NAMESPACE
    __type_name__ = "Succeeded"


class Credentials(SuperOfficeModel):
    """The header with the ticket."""

    Ticket = Unicode


class TimeZone(SuperOfficeModel):
    """The header with the client's time zone."""

    SoTimeZoneId = Integer32
    SoTimeZoneLocationCode = Unicode


class SoExceptionInfoParametersKeyValuePair(SuperOfficeModel):
    """An entry of SoExceptionInfoParameters."""

    Key = Unicode
    Value = Unicode


class ExceptionInfo(SuperOfficeModel):
    """The header that says what went wrong."""

    Message = Unicode
    StackTrace = Unicode
    FriendlyText = Unicode
    ExceptionType = Unicode
    Source = Unicode
    InnerException = SelfReference
    Parameters = Array(SoExceptionInfoParametersKeyValuePair, type_name="SoExceptionInfoParameters")


class ExtraInfoNameValuePair(SuperOfficeModel):
    """An entry of ExtraInfo."""

    Key = Unicode
    Value = Unicode


class ExtraInfo(SuperOfficeModel):
    """The header with what else there is to say."""

    ExtraInfoNameValuePair = ExtraInfoNameValuePair.customize(max_occurs="unbounded")


# -- what is in the database
class Base(DeclarativeBase):
    """The tables."""


class SentMessage(Base):
    """A message that a client sent, and how its delivery stands."""

    __tablename__ = "outgoing_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_message_id: Mapped[str] = mapped_column(index=True)
    session_key: Mapped[str] = mapped_column(index=True)
    plugin: Mapped[str | None]
    sender: Mapped[str | None]
    recipient: Mapped[str | None]
    content: Mapped[str | None]
    format: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_message.id"))
    status: Mapped[int]
    status_description: Mapped[str | None]


class ReceivedMessage(Base):
    """A message that came in."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str | None]
    sender: Mapped[str | None]
    content: Mapped[str | None]
    format: Mapped[str | None]
    session_key: Mapped[str | None]
    plugin: Mapped[str | None]


# -- what is done
new_session: sessionmaker[Session] = sessionmaker()


def to_row(plugin: str | None, message: OutgoingMessage) -> SentMessage:
    """Make the row of a message that is being sent."""
    return SentMessage(
        external_message_id=uuid.uuid4().hex,
        session_key=message.SuggestedSessionKey or uuid.uuid4().hex,
        plugin=plugin,
        sender=message.From,
        recipient=message.To,
        content=message.Content,
        format=message.Format,
        parent_id=message.ParentMessagingId or None,
        status=SENT,
        status_description="Sent",
    )


def to_status(row: SentMessage) -> MessageDeliveryStatus:
    """Make the answer's carrier of a row."""
    return MessageDeliveryStatus(Status=row.status, StatusDescription=row.status_description, MessagingId=row.id)


def answer_headers(ctx: MethodContext) -> None:
    """Say that the call succeeded, and give the client its time zone back."""
    time_zone = ctx.in_header[2] if ctx.in_header else None
    ctx.out_header = (None, None, True, time_zone)


def send(plugin: str | None, messages: list[OutgoingMessage] | None) -> list[MessageDeliveryStatus]:
    """Keep the messages and say how each one's delivery stands."""
    with new_session() as session:
        rows = [to_row(plugin, message) for message in messages or ()]
        session.add_all(rows)
        session.flush()
        statuses = [to_status(row) for row in rows]
        session.commit()
    return statuses


class Messaging(ServiceBase):
    """The Messaging agent."""

    __in_header__ = (ApplicationToken, Credentials, TimeZone)
    __out_header__ = (ExceptionInfo, ExtraInfo, Succeeded, TimeZone)

    @rpc(Unicode, ArrayOfOutgoingMessage, _returns=ArrayOfMessageDeliveryStatus, _out_variable_name="Response")
    def SendMessages(
        ctx: MethodContext, Plugin: str | None, OutgoingMessages: list[OutgoingMessage] | None
    ) -> list[MessageDeliveryStatus]:
        """Send messages."""
        answer_headers(ctx)
        return send(Plugin, OutgoingMessages)

    @rpc(
        Unicode,
        ArrayOfOutgoingMessage,
        StringDictionary,
        _returns=ArrayOfMessageDeliveryStatus,
        _out_variable_name="Response",
    )
    def SendMessagesWithConfig(
        ctx: MethodContext,
        Plugin: str | None,
        OutgoingMessages: list[OutgoingMessage] | None,
        Config: list[StringKeyValuePair] | None,  # noqa: ARG002 -- part of the contract
    ) -> list[MessageDeliveryStatus]:
        """Send messages; the plugin's configuration has no effect here."""
        answer_headers(ctx)
        return send(Plugin, OutgoingMessages)

    @rpc(IncomingMessage)
    def CreateMessage(ctx: MethodContext, IncomingMessage: IncomingMessage) -> None:
        """Put a message into the inbox."""
        answer_headers(ctx)
        with new_session() as session:
            session.add(
                ReceivedMessage(
                    recipient=IncomingMessage.To,
                    sender=IncomingMessage.From,
                    content=IncomingMessage.Content,
                    format=IncomingMessage.Format,
                    session_key=IncomingMessage.SessionKey,
                    plugin=IncomingMessage.Plugin,
                )
            )
            session.commit()

    @rpc(ArrayOfint, _returns=ArrayOfMessageDeliveryStatus, _out_variable_name="Response")
    def GetDeliveryStatus(ctx: MethodContext, MessagingIds: ArrayOfint | None) -> list[MessageDeliveryStatus]:
        """Say how the delivery of messages stands."""
        answer_headers(ctx)
        wanted = (MessagingIds and MessagingIds.int) or []
        with new_session() as session:
            return [to_status(row) for row in session.scalars(select(SentMessage).where(SentMessage.id.in_(wanted)))]

    @rpc(Unicode, Unicode, Integer32, Unicode)
    def SetDeliveryStatus(
        ctx: MethodContext,
        Plugin: str | None,
        ExternalMessageId: str | None,
        Status: int | None,
        StatusDescription: str | None,
    ) -> None:
        """Set how the delivery of a message stands."""
        answer_headers(ctx)
        with new_session() as session:
            for row in session.scalars(
                select(SentMessage).filter_by(plugin=Plugin, external_message_id=ExternalMessageId)
            ):
                row.status, row.status_description = Status, StatusDescription
            session.commit()


def use_write_ahead_log(connection: sqlite3.Connection, _: object) -> None:
    """Spare a commit most of its waiting for the disk, as a user would do on a second look."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def create_app(database: str, *, wal: bool) -> WsgiApplication:
    """Make the tables and the WSGI application."""
    engine = create_engine(f"sqlite:///{database}")
    if wal:
        event.listen(engine, "connect", use_write_ahead_log)
    Base.metadata.create_all(engine)
    new_session.configure(bind=engine)
    application = Application(
        [Messaging],
        NAMESPACE,
        name="WcfMessagingService",
        in_protocol=Soap11(validator="lxml"),
        out_protocol=Soap11(),
    )
    return WsgiApplication(application)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--database", required=True, metavar="FILE")
    parser.add_argument(
        "--wal", action="store_true", help="SQLite with a write-ahead log instead of its default journal"
    )
    arguments = parser.parse_args()
    server = create_server(create_app(arguments.database, wal=arguments.wal), host="127.0.0.1", port=arguments.port)
    print(f"READY url=http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
