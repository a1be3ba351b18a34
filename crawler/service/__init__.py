"""`jargonwatch serve`: everything that an operator wants to happen by itself, and the account of it."""
