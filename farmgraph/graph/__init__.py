"""Room two: the bipartite account-content graph, co-engagement, expectations and null models."""
