"""What a tree and its history say: services, common code, a split over agents, and how likely it is to collide."""
