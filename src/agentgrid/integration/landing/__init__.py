"""The train: branches brought together in the object database, checked, and landed exactly as they were checked."""
