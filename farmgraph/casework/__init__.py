"""The whole way through the house, and what a case looks like on disk."""
