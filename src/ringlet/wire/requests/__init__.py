"""Requests of the public protocol, one module for each noun.

Beside its own fields every request may carry those of `base.Envelope`.
"""
