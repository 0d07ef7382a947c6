"""The report: first a plain summary, then one self-contained page made from it."""
