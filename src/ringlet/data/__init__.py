"""Files that ship with the package: manifests of agents and providers, scripts, prices."""
