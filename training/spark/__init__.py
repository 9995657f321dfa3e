"""A run on Spark: from order files to the same artifact; the only importer of pyspark."""
