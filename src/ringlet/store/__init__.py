"""Everything on disk: paths, atomic files, append-only logs, profiles, settings, secrets."""
