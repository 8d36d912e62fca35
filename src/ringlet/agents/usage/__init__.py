"""Readers of what agents write down about their usage, one module for each agent.

A reader knows where an agent keeps its files below a home and how to get billed answers out of
them, from where it stopped the last time. It never writes there and trusts nothing it finds.
"""
