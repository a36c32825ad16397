"""The Docker engine over its HTTP API, and Compose through its own binary."""
