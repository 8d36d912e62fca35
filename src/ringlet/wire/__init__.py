"""What crosses the boundary of the daemon: endpoints, the NNG protocols, and the messages."""
