"""File locks, directories, shipped files: the machine below everything."""
