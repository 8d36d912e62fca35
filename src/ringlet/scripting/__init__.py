"""Scripts that turn a profile into the files, variables and arguments an agent wants."""
