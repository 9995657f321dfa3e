"""The online service: product suggestions for returning shoppers, over HTTP."""
