"""Budgets: what an agent may use of the machine, what it uses, and whether more may start."""
