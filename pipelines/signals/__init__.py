"""Signals: prices, contacts, phrases of secrecy and trust, pointers elsewhere, throw-away domains."""

from pipelines.signals.finder import SignalFinder

__all__ = ["SignalFinder"]
