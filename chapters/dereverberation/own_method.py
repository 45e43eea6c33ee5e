"""A method of your own: take away a share of the energy of 48 milliseconds ago."""


def late_subtraction(data, recipe, seed):
    """Clips, recipe, seed -> function of heard clips (n, N) to dry ones."""
    spectra = data.spectra

    def system(heard):
        y = spectra.spectrum(heard)
        late = 0.2 * y.abs().square().roll(6, 2)
        late[..., :6] = 0
        gain = (1 - late / y.abs().square().clamp_min(1e-12)).clamp_min(0.1)
        return spectra.inverse(gain.sqrt() * y, heard.shape[-1])

    return system
