"""What things are: the contract's carriers, the domain's records, the versions.

Knows no other room of the house; no input or output, no clock, no globals.
"""
