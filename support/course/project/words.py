"""Times, sizes and days as a person would write them."""

from datetime import datetime

__all__ = ["NEVER_MEASURED", "date", "duration", "memory"]

NEVER_MEASURED = "no earlier record of its time"


def duration(seconds: float) -> str:
    """Write a time as a person would.

    >>> duration(7.94), duration(95), duration(7320)
    ('7.9 s', '1 min 35 s', '2 h 02 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def memory(count: float) -> str:
    """Write a number of bytes as a person would, in decimal units.

    >>> memory(640_000_000), memory(2_100_000_000), memory(11_266_754), memory(4_739)
    ('640 MB', '2.1 GB', '11.3 MB', '4.7 kB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            digits = 0 if unit == "MB" and count >= 1e8 else 1
            return f"{count / size:.{digits}f} {unit}"
    return f"{count:.0f} B"


def date(moment: str) -> str:
    """Write the day of a moment in ISO 8601 as a person would.

    >>> date("2026-11-09T04:25:39+00:00")
    '9 November 2026'
    """
    found = datetime.fromisoformat(moment)
    return f"{found.day} {found:%B %Y}"
