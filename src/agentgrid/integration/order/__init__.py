"""In which order branches land, so that the fewest conflicts have to be worked over."""
