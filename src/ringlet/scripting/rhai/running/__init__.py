"""What a script needs while it runs: frames, places, operators and calls."""
