"""The records, the lexicon, the pure analysis and the stores."""
