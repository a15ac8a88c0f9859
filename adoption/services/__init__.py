"""What changes state in adoption."""
