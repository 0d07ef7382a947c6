"""Room one: a log is read, checked and turned into a table of interactions."""
