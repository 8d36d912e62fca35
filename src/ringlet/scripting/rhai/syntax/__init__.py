"""From text to a tree: tokens, scopes, nodes and the parser."""
