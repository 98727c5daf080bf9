"""What right optimizers must reach."""
