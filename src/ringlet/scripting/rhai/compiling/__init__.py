"""From the tree to closures: every node becomes a function from a frame to its value."""
