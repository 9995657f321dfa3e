"""The sentences of explanations: each language is one file and one line of ``LANGUAGES``."""
