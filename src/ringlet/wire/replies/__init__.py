"""Replies of the public protocol, and the objects in them, one module for each noun."""
