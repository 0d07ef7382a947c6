"""Room seven: the laboratory, where logs of known truth show how well methods do."""
