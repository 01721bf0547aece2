"""What things are: the contract's carriers, the domain's records, the versions.

Imports no other package of the project; no input or output, no clock, no globals.
"""
