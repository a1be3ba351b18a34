"""Mail and chat: what is to be sent waits in a durable outbox until a server has taken it."""
