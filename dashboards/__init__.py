"""Questions to a store, and what shows the answers."""
