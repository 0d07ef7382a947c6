"""The laboratory: logs whose truth is known, and how well methods do on them."""
