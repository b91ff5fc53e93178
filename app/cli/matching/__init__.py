"""What the verbs of `sanlian match` do: asking, counting and saying what came of it."""
