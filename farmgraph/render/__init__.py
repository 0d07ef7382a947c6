"""Room five: figures, the report and exports."""
