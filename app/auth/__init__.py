"""Staff, their sessions and API tokens, and who may do what."""
