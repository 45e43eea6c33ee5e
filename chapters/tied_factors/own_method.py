"""A scorer of your own: how far the test has moved along with the enrolment."""


def along_the_enrolment(enrolled, test, mean, variance):
    """Cosine of both mean offsets from the background, in deviations of a frame."""
    shifts = [
        (part.F - part.N[..., None] * mean) / (part.N[..., None] + 4) / variance.sqrt()
        for part in (enrolled, test)
    ]
    one, other = (shift.flatten(1) for shift in shifts)
    return (one * other).sum(1) / (one.norm(dim=1) * other.norm(dim=1) + 1e-9)
