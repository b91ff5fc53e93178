"""What `sanlian import` is made of: reading files, sending batches, keeping count, writing the template."""
