"""Researchers' questions: one table an answer, with what it rests on, to read, to export, to compute with."""
