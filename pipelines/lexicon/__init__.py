"""The lexicon: its files, their checks, and the compiled form that the analysis uses."""
