"""One small shop, written in the shapes of many exports."""
