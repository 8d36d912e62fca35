"""The command tree: one module for each noun, and how results are shown.

It runs in the daemon for forwarded command lines and in the client's process otherwise.
"""
