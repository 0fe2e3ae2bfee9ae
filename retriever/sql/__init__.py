"""The truth: tables, transactions, and everything that is asked of them."""
