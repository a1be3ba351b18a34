"""The daily digest: what is new, what rises, what needs a person today."""
