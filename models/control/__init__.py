"""The bodies and records of the control API, each declared once: the server encodes them, clients decode them.

What a server sends derives from ``ResponseBody``, what a client sends from ``RequestBody``. ``openapi.json`` is made
from these declarations. ``values`` has the types of their members.
"""
