"""What an item is, how it is validated, and the exports of shop platforms that describe items."""
