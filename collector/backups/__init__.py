"""Backups: encrypted archives of a data folder, made unattended and opened with the recovery phrase alone."""
