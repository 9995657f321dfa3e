"""Product exports of shop platforms, read as items of the catalogue."""
