"""The processes of one service: how they end together, what they share, and who notices that one hangs."""
