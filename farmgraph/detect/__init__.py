"""Room three: detectors, each a function from a graph to clusters."""
