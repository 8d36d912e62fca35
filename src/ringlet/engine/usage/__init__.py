"""Usage: what agents wrote down, taken into the ledger, attributed, and reported."""
