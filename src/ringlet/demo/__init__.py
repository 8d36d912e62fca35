"""What Ringlet can show without an account: a model on the loopback and a tiny agent."""
