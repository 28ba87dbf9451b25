"""In which order to land: decided from what conflicts, and built whole before it is proposed."""
