"""How each kind of migration file is read, named, numbered and chained."""
