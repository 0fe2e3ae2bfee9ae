"""Who may do what: visitors and accounts, their collections, their limits, when they end."""
