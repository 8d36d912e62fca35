"""What surrounds a running agent: its environment, its terminal, its sandbox, its processes."""
