"""The command line of Heddle."""
