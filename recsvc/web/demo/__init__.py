"""The demo shop at ``/demo``: be one of a few shoppers, buy something, and see the lists change."""
