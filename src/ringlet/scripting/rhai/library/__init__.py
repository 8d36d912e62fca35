"""The functions that every script can call, one module for each type of value."""
