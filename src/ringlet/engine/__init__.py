"""Use cases, one module for each noun. Each takes by keyword just the few things it needs."""
