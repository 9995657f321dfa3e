"""What stands between HTTP and ranking: the live model, and lists made once and kept."""
