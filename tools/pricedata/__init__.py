"""How the price history that is shipped is made; see tools/build-prices."""
