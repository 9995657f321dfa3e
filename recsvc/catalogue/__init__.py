"""What an item is, and the exports of shop platforms that describe items."""
