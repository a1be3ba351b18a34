"""Immediate alerts: rules of the operator, looked at between two digests."""
