"""What training learned: plain arrays, and the files they live in."""
