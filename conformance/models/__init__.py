"""Models: what operations in sequence, and histories of several processes, may look like when all is well."""
