"""Django's migrations: files of Python whose names are what others depend on."""
