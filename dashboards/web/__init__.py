"""The local dashboard: pages on a store, each with a JSON twin, and the read-only HTTP API."""
