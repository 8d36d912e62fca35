"""HTTP and WebSocket: one guard, then routes that only translate."""
