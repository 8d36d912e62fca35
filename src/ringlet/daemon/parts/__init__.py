"""The parts of the program and how each is wired, by subject."""
