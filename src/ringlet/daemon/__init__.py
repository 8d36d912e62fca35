"""The daemon: composition root, life cycle, and the edges that clients talk to."""
