"""The offline job: order history in, one published model version out."""
