"""Where keys are kept: the keychain of the operating system, or an encrypted file."""
