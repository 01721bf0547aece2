"""Starts and ends processes: the command, several workers, a thread, the upgrade of a database."""
