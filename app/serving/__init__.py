"""What stands between the network and the engine: who asks, how often, and what is told of it."""
