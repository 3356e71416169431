"""The exit statuses of every command."""

AS_EXPECTED = 0
DEVIATES = 1
NOT_RUN = 2
"""It could not be run, or not to its end."""
