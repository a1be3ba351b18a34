"""Evidence: the pages on which flagged listings stood, kept as they came."""
