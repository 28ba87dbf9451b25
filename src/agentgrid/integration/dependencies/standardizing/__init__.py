"""Bringing every manifest to one constraint a package: planned on texts, then written where it may be."""
