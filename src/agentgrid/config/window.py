"""Windows of time in which queued work is integrated: `always`, `daily 09:00`, `weekly monday 09:00`. Pure.

What was approved before a window opened is due from then on, however late somebody comes to integrate it; what was
approved after it waits for the next one. Source: seed 003, where the owner reviews and integrates once a week.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ACCEPTED = "always, `daily 09:00` or `weekly monday 09:00`"
_WINDOW = re.compile(rf"(?:daily|weekly +(?P<day>{'|'.join(DAYS)})) +(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")


@dataclass(frozen=True, slots=True)
class Window:
    """`day`: 0 for Monday, None for every day. `is_always`: it never closes."""

    is_always: bool = False
    day: int | None = None
    hour: int = 0
    minute: int = 0

    def last_opening(self, now: datetime) -> datetime:
        """When it opened last, at or before `now` (in its time zone)."""
        if self.is_always:
            return now
        opening = now.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        back = 0 if self.day is None else (now.weekday() - self.day) % 7
        opening -= timedelta(days=back)
        return opening if opening <= now else opening - self._period

    def next_opening(self, now: datetime) -> datetime:
        """When it opens next, after `now`."""
        return now if self.is_always else self.last_opening(now) + self._period

    def is_due(self, approved: datetime, now: datetime) -> bool:
        """Whether what was approved then may be integrated now."""
        return self.is_always or approved <= self.last_opening(now)

    @property
    def _period(self) -> timedelta:
        return timedelta(days=1 if self.day is None else 7)


def parse_window(text: str) -> Window:
    """The window that `text` says. Raises ValueError with what is accepted."""
    said = text.strip().lower()
    if said == "always":
        return Window(is_always=True)
    found = _WINDOW.fullmatch(said)
    if found is None:
        raise ValueError(f"{text!r} is no window|{ACCEPTED}")
    day = DAYS.index(found["day"]) if found["day"] else None
    return Window(day=day, hour=int(found["hour"]), minute=int(found["minute"]))
