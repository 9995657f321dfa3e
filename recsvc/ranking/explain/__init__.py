"""Why an item is at its place in a list, or what kept it out; and the words for it."""
