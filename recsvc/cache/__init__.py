"""Finished lists, so that most answers need no ranking; nothing here is needed for a correct answer."""
