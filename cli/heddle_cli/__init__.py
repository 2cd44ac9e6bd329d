"""The Heddle command line: a client of the HTTP API. Needs Python 3.8 or newer and no packages."""
__version__ = "0.1.0.dev0"
