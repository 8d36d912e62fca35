"""Manifests of agents and providers, their pairing, and the detection of installed agents."""
