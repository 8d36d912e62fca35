"""The command line: a tiny client that forwards commands to the daemon and starts it if needed."""
