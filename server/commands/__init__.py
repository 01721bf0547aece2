"""The commands that ask a running double: they speak HTTP only, and load nothing that is heavy."""
