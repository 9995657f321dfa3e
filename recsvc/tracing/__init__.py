"""Spans of what the programs do, sent to a collector; nothing, and no package of it, unless the shop turns it on."""
