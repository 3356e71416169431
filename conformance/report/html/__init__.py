"""The page: what a record says, as one file that needs neither a server nor a network."""
