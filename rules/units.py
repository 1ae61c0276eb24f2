"""Quantities in the words people use: "12 min", "1.5Gi", "200m"."""

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_FEW = 10
_BINARY = (("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10))


def seconds_in_words(seconds: float) -> str:
    """Say a duration in its largest unit, with a second one while it still tells ("3 h 5 min", "12 min")."""
    whole = max(0, round(seconds))
    for index, (size, unit) in enumerate(_STEPS):
        if whole >= size:
            count, rest = divmod(whole, size)
            smaller = _STEPS[index + 1] if index + 1 < len(_STEPS) else None
            if smaller and count < _FEW and rest // smaller[0]:
                return f"{count} {unit} {rest // smaller[0]} {smaller[1]}"
            return f"{count} {unit}"
    return f"{whole} s"


def bytes_in_words(count: float) -> str:
    """Say a number of bytes as Kubernetes writes quantities ("512Mi", "5.9Gi")."""
    for suffix, size in _BINARY:
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + suffix
    return f"{count:g}"


def cores_in_words(cores: float) -> str:
    """Say CPU as Kubernetes does: "2", "1.5" or "200m"."""
    return f"{round(cores * 1000)}m" if cores < 1 else f"{cores:g}"
