"""What the disentanglement chapter alone needs: encoders, training, figures."""
