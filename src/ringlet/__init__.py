"""Ringlet runs CLI coding agents under isolated profiles.

The version is a constant because reading it from the installed metadata would cost the command
line more time than everything else it does.
"""

__version__ = "0.1.0"
