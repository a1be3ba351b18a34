"""Where listings, analyses and runs are kept, and the questions that can be asked of them."""
