"""Times and sizes as a person would write them."""

__all__ = ["duration", "memory"]


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
    """Write a number of bytes as a person would.

    >>> memory(640_000_000), memory(2_100_000_000)
    ('640 MB', '2.1 GB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
