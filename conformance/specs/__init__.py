"""The specs: one file a subject, one requirement a spec."""
