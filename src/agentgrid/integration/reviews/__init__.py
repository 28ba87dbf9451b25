"""Reviews: asking for one, giving a verdict, and how each agent's work stands."""
