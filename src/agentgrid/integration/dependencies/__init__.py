"""Which versions of other people's packages all services and agents ask for, and bringing them to one."""
