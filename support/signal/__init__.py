"""From waveform to features and back."""
