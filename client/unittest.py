"""A double for the tests of a ``unittest.TestCase``."""

from __future__ import annotations

import os
import unittest
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from messaging_double.models import variables

from .double import MessagingDouble
from .reporting import unique_tenant

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = count(1)


class MessagingDoubleTestCase(unittest.TestCase):
    """Has a double for the class, and a tenant of its own for each test.

    The double is started with ``messaging_double_settings``, or the one that the environment variable
    ``MESSAGING_DOUBLE_URL`` names is used.
    """

    messaging_double_settings: ClassVar[Mapping[str, Any]] = {}
    messaging_double_server: ClassVar[MessagingDouble]
    messaging_double: MessagingDouble

    @classmethod
    def setUpClass(cls) -> None:
        """Start or attach to the double."""
        super().setUpClass()
        if url := os.environ.get(variables.URL):
            double = MessagingDouble.at(url, os.environ.get(variables.CONTROL_TOKEN) or None)
        else:
            double = MessagingDouble(**cls.messaging_double_settings)
            double.start()
        cls.messaging_double_server = double
        cls.addClassCleanup(double.stop)

    def setUp(self) -> None:
        """Take a tenant; it is deleted afterwards."""
        super().setUp()
        shared = bool(os.environ.get(variables.URL) or self.messaging_double_settings.get("database"))
        self.messaging_double = unique_tenant(self.messaging_double_server, next(_NUMBERS), shared=shared)
        self.addCleanup(self.messaging_double.delete)
