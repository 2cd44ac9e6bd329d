"""The Heddle command line."""
