"""The control API: what tests see and steer, in JSON over HTTP."""
