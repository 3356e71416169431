"""Reports: what people and programs read of a record. They read records and the catalogue, and run nothing."""
