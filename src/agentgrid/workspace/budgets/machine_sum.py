"""Whether all agents' limits and the reserve fit into the machine. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from agentgrid.config.units import format_size
from agentgrid.workspace.budgets.limits import Limits


@dataclass(frozen=True, slots=True)
class MachineSum:
    """`promised_bytes`: the agents' memory limits together. `is_limited`: whether any agent has one."""

    machine_bytes: int
    reserved_bytes: int
    promised_bytes: int
    is_limited: bool

    @property
    def missing_bytes(self) -> int:
        """By how much the promises are more than there is; 0 when they fit. A reserve alone promises nothing."""
        return max(0, self.promised_bytes + self.reserved_bytes - self.machine_bytes) if self.is_limited else 0

    @property
    def head_room_bytes(self) -> int:
        return max(0, self.machine_bytes - self.promised_bytes - self.reserved_bytes)

    def describe(self) -> str:
        promised, reserved = format_size(self.promised_bytes), format_size(self.reserved_bytes)
        return f"budgets {promised} + reserve {reserved} of {format_size(self.machine_bytes)}"


def add_up(limits: Mapping[str, Limits], machine_bytes: int, reserved_bytes: int) -> MachineSum:
    """`limits`: agent → its limits."""
    promised = [each.memory_bytes for each in limits.values() if each.memory_bytes is not None]
    return MachineSum(machine_bytes, reserved_bytes, sum(promised), bool(promised))
